import { sleepOn, type Clock, type EpochMillis, type Millis, type Timer } from '../clock';

interface Entry {
  due: EpochMillis;
  order: number;
  callback: () => void;
}

/** A clock that moves only when told to. Timers due at the same instant run in the order they were set. */
export class ManualClock implements Clock {
  private entries: Entry[] = [];
  private order = 0;
  private current: EpochMillis;

  /** @param start defaults to 2026-01-01T00:00:00Z. */
  constructor(private readonly start: EpochMillis = 1_767_225_600_000) {
    this.current = start;
  }

  now(): EpochMillis {
    return this.current;
  }

  elapsed(): Millis {
    return this.current - this.start;
  }

  schedule(delay: Millis, callback: () => void): Timer {
    const entry: Entry = { due: this.current + Math.max(0, delay), order: this.order++, callback };
    this.entries.push(entry);
    return { cancel: () => void (this.entries = this.entries.filter((other) => other !== entry)) };
  }

  sleep(delay: Millis, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delay, signal);
  }

  /** How many timers wait: a test for leaks asserts 0. */
  get pending(): number {
    return this.entries.length;
  }

  /** Moves on by `by`, running what falls due in order; promises settle between two timers. */
  async advance(by: Millis): Promise<void> {
    await this.advanceTo(this.current + by);
  }

  /** Moves on to `target`, inclusive. */
  async advanceTo(target: EpochMillis): Promise<void> {
    await settle();
    for (;;) {
      const next = this.nextDue(target);
      if (next === undefined) break;
      this.entries = this.entries.filter((entry) => entry !== next);
      this.current = Math.max(this.current, next.due);
      next.callback();
      await settle();
    }
    this.current = Math.max(this.current, target);
    await settle();
  }

  private nextDue(target: EpochMillis): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.entries) {
      if (entry.due > target) continue;
      if (!best || entry.due < best.due || (entry.due === best.due && entry.order < best.order)) best = entry;
    }
    return best;
  }
}

/** Lets everything that only waits for promises run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
