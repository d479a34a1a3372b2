import type { Clock, Millis, Timer } from '../../../base/clock';
import type { PendingRow } from './row-batch';

/** What makes a batch. */
export interface BatchBounds {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly window: Millis;
  /** Batches written at the same time. */
  readonly parallel: number;
}

/** A batch that is being written, and its keys once another is to be written beside it. */
interface InFlight {
  readonly batch: readonly PendingRow[];
  keys?: ReadonlySet<string>;
}

/** Rows of one table: gathered into batches. Rows of one key are never in two batches at the same time, so that they keep their order. */
export class TableQueue {
  /** Those that wait begin at `head`; what was before is cut off now and then, not for each batch. */
  private rows: PendingRow[] = [];
  private head = 0;
  private bytes = 0;
  private withdrawn = 0;
  private timer: Timer | undefined;
  private readonly writing = new Map<Promise<void>, InFlight>();
  /** All rows are of keys that are being written. */
  private blocked = false;

  /** @param write must not reject. */
  constructor(
    private readonly bounds: BatchBounds,
    private readonly clock: Clock,
    private readonly write: (rows: readonly PendingRow[]) => Promise<void>,
  ) {}

  add(row: PendingRow): void {
    this.rows.push(row);
    this.bytes += row.bytes;
    if (this.isFull) this.start();
    else if (this.writing.size === 0) this.timer ??= this.clock.schedule(this.bounds.window, () => this.start());
  }

  /** A row that is not to be written: it is passed over, and gone at the latest when such rows are half of all. */
  withdraw(row: PendingRow): void {
    row.withdrawn = true;
    if (++this.withdrawn * 2 < this.waiting) return;
    this.rows = this.rows.slice(this.head).filter((each) => !each.withdrawn);
    this.head = 0;
    this.bytes = this.rows.reduce((sum, each) => sum + each.bytes, 0);
    this.withdrawn = 0;
  }

  /** Writes all rows that are here now. */
  async flush(): Promise<void> {
    while (this.waiting > 0 || this.writing.size > 0) {
      this.start();
      if (this.writing.size > 0) await Promise.race(this.writing.keys());
    }
  }

  private get waiting(): number {
    return this.rows.length - this.head;
  }

  private get isFull(): boolean {
    return this.waiting >= this.bounds.maxRows || this.bytes >= this.bounds.maxBytes;
  }

  /** Cuts a batch; beside one that is being written only a full one, as its end starts the next. */
  private start(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const { parallel } = this.bounds;
    while (this.waiting > 0 && (this.writing.size === 0 || (this.isFull && this.writing.size < parallel))) {
      if (this.blocked) return;
      const batch = this.cut();
      if (batch.length === 0) {
        this.blocked = this.writing.size > 0;
        return;
      }
      const done = this.write(batch).then(() => {
        this.writing.delete(done);
        this.blocked = false;
        // Rows that came meanwhile have waited long enough.
        if (this.waiting > 0) this.start();
      });
      this.writing.set(done, { batch });
    }
  }

  /** The first rows, less those whose key is being written. */
  private cut(): PendingRow[] {
    const { maxRows, maxBytes } = this.bounds;
    const inFlight = [...this.writing.values()].map(keysOf);
    const isHeldBack = ({ key }: PendingRow): boolean => key !== undefined && inFlight.some((keys) => keys.has(key));
    const batch: PendingRow[] = [];
    const heldBack: PendingRow[] = [];
    let bytes = 0;
    let at = this.head;
    for (; at < this.rows.length && batch.length < maxRows && (batch.length === 0 || bytes < maxBytes); at++) {
      const row = this.rows[at];
      if (row === undefined) break;
      if (row.withdrawn) {
        bytes += row.bytes;
        this.withdrawn--;
      } else if (inFlight.length > 0 && isHeldBack(row)) heldBack.push(row);
      else {
        batch.push(row);
        bytes += row.bytes;
      }
    }
    this.head = at - heldBack.length;
    heldBack.forEach((row, index) => (this.rows[this.head + index] = row));
    if (this.head * 2 >= this.rows.length) {
      this.rows = this.rows.slice(this.head);
      this.head = 0;
    }
    this.bytes -= bytes;
    return batch;
  }
}

function keysOf(inFlight: InFlight): ReadonlySet<string> {
  if (inFlight.keys !== undefined) return inFlight.keys;
  const keys = new Set<string>();
  for (const { key } of inFlight.batch) if (key !== undefined) keys.add(key);
  return (inFlight.keys = keys);
}
