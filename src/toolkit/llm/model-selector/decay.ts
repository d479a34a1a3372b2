import type { Millis } from '../../../base/clock';

/** How fast outcomes are forgotten. */
export interface Decay {
  /** Factor per call of any model. */
  readonly perCall: number;
  readonly halfLife: Millis;
}
