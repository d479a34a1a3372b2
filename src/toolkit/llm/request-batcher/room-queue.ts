import type { Spill } from './spill';

/** What waits outside: its input may be put away meanwhile. */
export interface Outside<I> {
  input: I;
  readonly isSettled: boolean;
}

/** Requests for which the queue has no room yet, first in first out; inputs may be spilled. Bounded. */
export class RoomQueue<I, T extends Outside<I>> {
  private readonly waiting = new Map<T, { ticket: number; written: Promise<void> | undefined }>();
  private tickets = 0;
  private refilling = false;

  constructor(
    private readonly capacity: number,
    private readonly spill: Spill<I> | undefined,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  /** False when there is no room here either. */
  add(item: T, spilled: boolean): boolean {
    if (this.waiting.size >= this.capacity) return false;
    const ticket = ++this.tickets;
    const written = spilled ? this.spill?.put(ticket, item.input) : undefined;
    written?.catch(() => undefined);
    this.waiting.set(item, { ticket, written });
    return true;
  }

  remove(item: T): void {
    const entry = this.waiting.get(item);
    if (entry === undefined) return;
    this.waiting.delete(item);
    if (entry.written !== undefined) this.forget(entry.ticket, entry.written);
  }

  /** Lets items in while there is room; one refill at a time. Never rejects. */
  async refill(
    hasRoom: () => boolean,
    letIn: (item: T) => void,
    refuse: (item: T, error: unknown) => void,
  ): Promise<void> {
    if (this.refilling) return;
    this.refilling = true;
    try {
      for (const [item, { ticket, written }] of this.waiting) {
        if (!hasRoom()) break;
        if (written !== undefined && this.spill !== undefined) {
          try {
            await written;
            if (item.isSettled) continue;
            item.input = await this.spill.take(ticket);
          } catch (error) {
            this.waiting.delete(item);
            refuse(item, error);
            continue;
          }
        }
        this.waiting.delete(item);
        if (!item.isSettled) letIn(item);
      }
    } finally {
      this.refilling = false;
    }
  }

  async close(): Promise<void> {
    await this.spill?.close();
  }

  private forget(ticket: number, written: Promise<void>): void {
    written.then(() => this.spill?.drop(ticket)).catch(() => undefined);
  }
}
