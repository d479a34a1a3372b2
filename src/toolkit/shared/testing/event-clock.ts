import { sleepOn } from '../../../base/clock';
import type { Clock, Millis, Timer } from '../../../base/clock';

interface Entry {
  readonly due: Millis;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** A clock that jumps from timer to timer: simulations of hours run as fast as their work. */
export class EventClock implements Clock {
  private heap: Entry[] = [];
  private order = 0;
  private current = 0;

  now(): number {
    return 1_767_225_600_000 + this.current;
  }

  elapsed(): Millis {
    return this.current;
  }

  schedule(delay: Millis, callback: () => void): Timer {
    const entry: Entry = { due: this.current + Math.max(0, delay), order: this.order++, callback };
    this.push(entry);
    return { cancel: () => void (entry.callback = undefined) };
  }

  sleep(delay: Millis, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delay, signal);
  }

  /** Timers that wait, cancelled ones not counted. */
  get pending(): number {
    return this.heap.filter(({ callback }) => callback !== undefined).length;
  }

  /** Runs until no timer is left, or until `limit` on the clock. */
  async run(limit = Infinity): Promise<void> {
    await settle();
    for (let next = this.heap[0]; next !== undefined && next.due <= limit; next = this.heap[0]) {
      this.pop();
      if (next.callback === undefined) continue;
      this.current = Math.max(this.current, next.due);
      next.callback();
      if (this.heap[0]?.due !== next.due) await settle();
    }
    if (Number.isFinite(limit)) this.current = Math.max(this.current, limit);
    await settle();
  }

  private push(entry: Entry): void {
    let at = this.heap.length;
    this.heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      this.heap[at] = above;
      at = parent;
    }
    this.heap[at] = entry;
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = this.heap[child];
      const right = this.heap[child + 1];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        least = right;
        child++;
      }
      if (!isBefore(least, last)) break;
      this.heap[at] = least;
      at = child;
    }
    this.heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

/** Lets everything that only waits for promises run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
