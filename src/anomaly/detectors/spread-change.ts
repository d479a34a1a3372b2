import { LaggedRarity } from '../lagged-rarity';

/** Points of the short look. */
const SHORT = 20;
const CLIP = 5;

/** The recent size of residuals against what it usually is, rare on either side: noise that grows, or that stops. */
export class SpreadChange {
  private short = Math.sqrt(2 / Math.PI);
  private readonly past: LaggedRarity;

  /** @param memory sizes remembered. @param lag sizes younger than this are not judged by. */
  constructor(memory: number, lag: number) {
    this.past = new LaggedRarity({ capacity: memory, tailShare: 0.02, tolerance: 0.01, minExcess: 0.3 }, lag);
  }

  /** Rarity, as -log10, of the recent size. @param residual in standard deviations. */
  observe(residual: number): number {
    this.short += (Math.min(CLIP, Math.abs(residual)) - this.short) / SHORT;
    const size = Math.log(this.short + 0.01);
    return this.past.eitherSide(size);
  }
}
