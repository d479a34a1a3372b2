import type { EpochMillis, Millis } from '../base/clock';

const DAY: Millis = 86_400_000;
/** Values so close to the same time of another day count. */
const REACH: Millis = 1_800_000;
/** Neighbours looked at on each side. */
const NEIGHBOURS = 6;
const LEAST_VALUES = 3;

/** What a series did at the same time of the days before; bounded by days and by points. */
export class DailyProfile {
  private times: EpochMillis[] = [];
  private values: number[] = [];

  /** @param days days looked back. @param maxPoints the oldest points go beyond it. */
  constructor(
    private readonly days: number,
    private readonly maxPoints: number,
  ) {}

  /** Times must not go back. */
  add(t: EpochMillis, value: number): void {
    this.times.push(t);
    this.values.push(value);
    // Trimmed in blocks: amortised, a point costs the same however long the memory.
    if (this.times.length > this.maxPoints * 1.25) {
      this.times = this.times.slice(-this.maxPoints);
      this.values = this.values.slice(-this.maxPoints);
    }
  }

  /** How far `value` lies outside of what was seen at this time of day: 0 within; undefined when too little was seen. */
  outside(t: EpochMillis, value: number): number | undefined {
    let low = Infinity;
    let high = -Infinity;
    let count = 0;
    for (let day = 1; day <= this.days; day++) {
      const then = t - day * DAY;
      if (then + REACH < (this.times[0] ?? Infinity)) break;
      const middle = this.firstFrom(then);
      const from = Math.max(0, middle - NEIGHBOURS);
      const to = Math.min(this.times.length - 1, middle + NEIGHBOURS);
      for (let at = from; at <= to; at++) {
        if (Math.abs((this.times[at] ?? 0) - then) >= REACH) continue;
        const seen = this.values[at] ?? 0;
        low = Math.min(low, seen);
        high = Math.max(high, seen);
        count++;
      }
    }
    if (count < LEAST_VALUES) return undefined;
    return value < low ? value - low : value > high ? value - high : 0;
  }

  private firstFrom(t: EpochMillis): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? 0) < t) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
