import type { Millis } from '../../../base/clock';
import type { Decay } from './decay';

/** Values that a change is judged by: at least, and at most. */
const FEW = 5;
const RECENT = 8;
/** Standard errors by which the newest values must lie apart from those before them. */
const APART = 4;
/** Values' worth that is forgotten at the usual speed down to here: known to be slow is not unknown. */
const MEMORY = 6;
/** And slowly down to here, by this part of the usual speed: what was slow long ago may not be so now. */
const TRACE = 1;
const SLOWER = 0.7;

/** What is believed of a quantity before any value is seen. */
export interface LevelBelief {
  readonly mean: number;
  /** Standard deviation of single values, and of the means of several models. */
  readonly spread: number;
  /** A change by less is not worth noticing. */
  readonly step: number;
}

/** The decayed mean and spread of a quantity that jumps at times; a jump makes it forget what was before. */
export class Level {
  private sum = 0;
  private squares = 0;
  private count = 0;
  private recent: number[] = [];

  /** @param belief is worth one value. */
  constructor(readonly belief: LevelBelief) {}

  /** Values that still count. */
  get weight(): number {
    return this.count;
  }

  /** Sum of the values that still count. */
  get total(): number {
    return this.sum;
  }

  /** The mean, with a belief worth one value; by default that which it began with. */
  meanAround(belief: number = this.belief.mean): number {
    return (this.sum + belief) / (this.count + 1);
  }

  /** Sum of the squared deviations of the values that still count from their mean. */
  get deviations(): number {
    return this.count === 0 ? 0 : Math.max(0, this.squares - this.sum ** 2 / this.count);
  }

  /**
   * How far the true mean may be off: its standard deviation, no more than that between models.
   * @param spread standard deviation of single values
   */
  uncertaintyGiven(spread: number): number {
    return 1 / Math.sqrt(1 / this.belief.spread ** 2 + this.count / spread ** 2);
  }

  /** Forgets what `calls` of any model and the time `passed` take away. */
  fade(calls: number, passed: Millis, { perCall, halfLife }: Decay): void {
    const { count } = this;
    if (count <= TRACE) return;
    const factor = perCall ** calls * 0.5 ** (passed / halfLife);
    const kept = count > MEMORY ? Math.max(factor, MEMORY / count) : Math.max(factor ** SLOWER, TRACE / count);
    this.sum *= kept;
    this.squares *= kept;
    this.count *= kept;
  }

  /** Learns a value; call `fade` before. Returns whether it took the level for another. */
  observe(value: number): boolean {
    this.sum += value;
    this.squares += value ** 2;
    this.count++;
    this.recent.push(value);
    if (this.recent.length > RECENT) this.recent.shift();
    const jumped = this.hasJumped();
    if (jumped) {
      this.sum = this.recent.reduce((sum, each) => sum + each, 0);
      this.squares = this.recent.reduce((sum, each) => sum + each ** 2, 0);
      this.count = this.recent.length;
      this.recent = [];
    }
    return jumped;
  }

  private hasJumped(): boolean {
    const size = this.recent.length;
    const before = this.count - size;
    if (size < FEW || before < FEW) return false;
    const newest = this.recent.reduce((sum, each) => sum + each, 0);
    const older = (this.sum - newest) / before;
    const squares = this.squares - this.recent.reduce((sum, each) => sum + each ** 2, 0);
    const variance = Math.max(0, squares / before - older ** 2);
    const apart = Math.abs(newest / size - older);
    return apart >= this.belief.step && apart >= APART * Math.sqrt(variance * (1 / size + 1 / before));
  }
}
