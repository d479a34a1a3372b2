import type { Clock, Millis, Timer } from '../../../base/clock';
import type { PendingRow } from './row-batch';

/** What makes a batch. */
export interface BatchBounds {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly window: Millis;
}

/** Rows of one table: gathered into batches, one of which is written at a time. */
export class TableQueue {
  private rows: PendingRow[] = [];
  private bytes = 0;
  private timer: Timer | undefined;
  private writing: Promise<void> | undefined;

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
    else this.timer ??= this.clock.schedule(this.bounds.window, () => this.start());
  }

  /** Writes all rows that are here now. */
  async flush(): Promise<void> {
    while (this.rows.length > 0 || this.writing !== undefined) {
      this.start();
      await this.writing;
    }
  }

  private get isFull(): boolean {
    return this.rows.length >= this.bounds.maxRows || this.bytes >= this.bounds.maxBytes;
  }

  /** Cuts a batch, unless one is being written: then that one's end starts the next. */
  private start(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.writing !== undefined || this.rows.length === 0) return;
    const batch = this.cut();
    this.writing = this.write(batch).then(() => {
      this.writing = undefined;
      // Rows that came meanwhile have waited long enough.
      if (this.rows.length > 0) this.start();
    });
  }

  private cut(): PendingRow[] {
    let bytes = 0;
    let count = 0;
    while (count < this.rows.length && count < this.bounds.maxRows && (count === 0 || bytes < this.bounds.maxBytes)) {
      bytes += this.rows[count]?.bytes ?? 0;
      count++;
    }
    const batch = this.rows.slice(0, count);
    this.rows = this.rows.slice(count);
    this.bytes -= bytes;
    return batch;
  }
}
