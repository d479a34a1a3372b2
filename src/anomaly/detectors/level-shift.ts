import { LaggedRarity } from '../lagged-rarity';

/** What a standardised residual must exceed to add to the sum: half of the smallest shift of interest. */
const ALLOWANCE = 0.5;
const CLIP = 3;
/** The sum forgets beyond this: a shift that was told is not told for ever. */
const MOST = 60;

/**
 * Small residuals to one side, again and again: two cumulative sums whose rarity is judged among their own past, so that
 * autocorrelated noise, whose sums run high, has to run higher still.
 *
 * Source: Page's cumulative sum (1954).
 */
export class LevelShift {
  private up = 0;
  private down = 0;
  private readonly past: LaggedRarity;

  /** @param memory sums remembered. @param lag sums younger than this are not judged by. */
  constructor(memory: number, lag: number) {
    this.past = new LaggedRarity({ capacity: memory, tailShare: 0.02, tolerance: 0.01, minExcess: 0.3 }, lag);
  }

  /** Rarity, as -log10, of how far the sums run. @param residual in standard deviations. */
  observe(residual: number): number {
    const held = Math.max(-CLIP, Math.min(CLIP, residual));
    this.up = Math.min(MOST, Math.max(0, this.up + held - ALLOWANCE));
    this.down = Math.min(MOST, Math.max(0, this.down - held - ALLOWANCE));
    const sum = Math.max(this.up, this.down);
    return this.past.above(sum);
  }

  /** The series was away, or is another one: sums begin anew, what they usually are is kept. */
  restart(): void {
    this.up = 0;
    this.down = 0;
  }
}
