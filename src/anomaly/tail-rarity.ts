import { SortedWindow } from './sorted-window';

/** How a rarity is estimated. */
export interface TailRarityOptions {
  /** Numbers remembered. */
  readonly capacity: number;
  /** The share of numbers that counts as a tail, on each side. */
  readonly tailShare: number;
  /** Numbers closer than this share of the spread count as equal. */
  readonly tolerance: number;
  /** The mean excess of a tail is at least this share of the spread: a tail never seen is not infinitely thin. */
  readonly minExcess: number;
}

/** Nothing is rare before so many numbers were seen. */
const WARM_UP = 30;
const LEAST_TAIL = 4;
const IMPOSSIBLE = 99;

/**
 * How rare a number is among those before it, as -log10 of its tail probability, on either side. Within what was seen the
 * probability is counted; beyond, it falls off exponentially by the mean excess of the tail (peaks over threshold).
 */
export class TailRarity {
  private readonly seen: SortedWindow;

  constructor(private readonly options: TailRarityOptions) {
    this.seen = new SortedWindow(options.capacity);
  }

  /** Distance between the 10th and the 90th percentile. */
  get spread(): number {
    return this.seen.quantile(0.9) - this.seen.quantile(0.1);
  }

  add(value: number): void {
    this.seen.add(value);
  }

  /** Rarity of `value` on the upper side. 0 during warm-up. */
  above(value: number): number {
    const size = this.seen.size;
    if (size < WARM_UP) return 0;
    const beyond = size - this.seen.countBelow(value - this.width() * this.options.tolerance);
    const tail = this.tailSize();
    const edge = this.seen.at(size - 1 - tail);
    if (value <= edge && beyond > 0) return this.counted(beyond);
    let excess = 0;
    for (let rank = size - tail; rank < size; rank++) excess += this.seen.at(rank) - edge;
    return this.extrapolated(value - edge, excess / tail, beyond, tail);
  }

  /** Rarity of `value` on the side where it is rarer. 0 during warm-up. */
  eitherSide(value: number): number {
    return Math.max(this.above(value), this.below(value));
  }

  private below(value: number): number {
    const size = this.seen.size;
    if (size < WARM_UP) return 0;
    const beyond = this.seen.countBelow(value + this.width() * this.options.tolerance);
    const tail = this.tailSize();
    const edge = this.seen.at(tail);
    if (value >= edge && beyond > 0) return this.counted(beyond);
    let excess = 0;
    for (let rank = 0; rank < tail; rank++) excess += edge - this.seen.at(rank);
    return this.extrapolated(edge - value, excess / tail, beyond, tail);
  }

  private counted(beyond: number): number {
    return Math.max(0, Math.log10((this.seen.size + 1) / (beyond + 1)));
  }

  private extrapolated(distance: number, meanExcess: number, beyond: number, tail: number): number {
    const counted = beyond > 0 ? this.counted(beyond) : IMPOSSIBLE;
    const scale = Math.max(meanExcess, this.width() * this.options.minExcess);
    return Math.max(0, Math.min(counted, Math.log10(this.seen.size / tail) + distance / scale / Math.LN10));
  }

  private tailSize(): number {
    return Math.max(LEAST_TAIL, Math.floor(this.seen.size * this.options.tailShare));
  }

  /** The spread, or the nearest thing to it for numbers that hardly vary. */
  private width(): number {
    const last = this.seen.size - 1;
    return this.spread || this.seen.at(last) - this.seen.at(0) || Math.abs(this.seen.at(0)) * 1e-3 || 1e-9;
  }
}
