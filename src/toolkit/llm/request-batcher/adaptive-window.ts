import type { Millis } from '../../../base/clock';

/** Weight of a new gap between two arrivals. */
const ALPHA = 0.1;

/**
 * How long it pays to wait for company: as long as the rest of a batch needs to arrive, never beyond `max`, and not at
 * all when less than one more is to be expected within `max`.
 */
export class AdaptiveWindow {
  private meanGap: Millis | undefined;
  private last: Millis | undefined;

  constructor(
    private readonly max: Millis,
    private readonly batchSize: number,
  ) {}

  arrived(at: Millis): void {
    if (this.last !== undefined) {
      const gap = at - this.last;
      this.meanGap = this.meanGap === undefined ? gap : this.meanGap + ALPHA * (gap - this.meanGap);
    }
    this.last = at;
  }

  /** Before the rate is known it is `max`. */
  get current(): Millis {
    if (this.meanGap === undefined) return this.max;
    if (this.meanGap >= this.max) return 0;
    return Math.min(this.max, this.meanGap * (this.batchSize - 1));
  }
}
