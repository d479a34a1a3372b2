import { TailRarity } from './tail-rarity';
import type { TailRarityOptions } from './tail-rarity';

/**
 * A rarity among numbers that are at least `lag` numbers old: what is going on now does not become usual while it goes on,
 * nor hide itself by standing in its own tail.
 */
export class LaggedRarity {
  private readonly past: TailRarity;
  private readonly waiting: Float64Array;
  private count = 0;

  /** @param lag numbers, at least 1. */
  constructor(options: TailRarityOptions, lag: number) {
    this.past = new TailRarity(options);
    this.waiting = new Float64Array(lag);
  }

  /** Rarity of `value` on the upper side; then takes it in. */
  above(value: number): number {
    const rarity = this.past.above(value);
    this.add(value);
    return rarity;
  }

  /** Rarity of `value` on the side where it is rarer; then takes it in. */
  eitherSide(value: number): number {
    const rarity = this.past.eitherSide(value);
    this.add(value);
    return rarity;
  }

  private add(value: number): void {
    const at = this.count % this.waiting.length;
    if (this.count >= this.waiting.length) this.past.add(this.waiting[at] ?? 0);
    this.waiting[at] = value;
    this.count++;
  }
}
