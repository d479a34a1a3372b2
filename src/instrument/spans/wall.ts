import type { Clock, EpochMillis, Millis } from '../../base/clock';
import type { HrTime } from '@opentelemetry/api';

/** How far the anchor may be off before it is set anew: a step of the system's clock, or a suspended machine. */
const TOLERANCE: Millis = 20;
const CHECK_EVERY: Millis = 1_000;

/**
 * Turns monotonic instants into epoch time with sub-millisecond resolution, so that spans of one process keep their order;
 * follows the wall clock when it steps.
 */
export class WallAnchor {
  private offset: Millis;
  private checkedAt: Millis;

  constructor(private readonly clock: Clock) {
    this.checkedAt = clock.elapsed();
    this.offset = clock.now() - this.checkedAt;
  }

  /** @param elapsed an instant of the same clock's `elapsed()`. */
  toEpoch(elapsed: Millis): EpochMillis {
    if (elapsed - this.checkedAt > CHECK_EVERY) this.check();
    return elapsed + this.offset;
  }

  private check(): void {
    this.checkedAt = this.clock.elapsed();
    const offset = this.clock.now() - this.checkedAt;
    if (Math.abs(offset - this.offset) > TOLERANCE) this.offset = offset;
  }
}

/** Seconds and nanoseconds. */
export function toHrTime(millis: EpochMillis): HrTime {
  const seconds = Math.floor(millis / 1_000);
  const nanos = Math.round((millis - seconds * 1_000) * 1e6);
  return nanos === 1e9 ? [seconds + 1, 0] : [seconds, nanos];
}
