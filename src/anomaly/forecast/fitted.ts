import type { EpochMillis } from '../../base/clock';
import { robustDeviation } from '../change-points/clean';

/** A model fitted to a series, ready to look ahead. Steps ahead count from 1. */
export interface FittedForecast {
  /** Which model: for people. */
  readonly name: string;
  /** The smaller, the better the model describes the series for its size. */
  readonly criterion: number;
  /** Standard deviation of one step's surprise. */
  readonly sigma: number;
  /** What is left of each point after the model's own expectation of it, one step before. */
  readonly surprises: Float64Array;
  /** Expected value `h` steps ahead, at `t`. */
  meanAt(h: number, t: EpochMillis): number;
  /** How much of a surprise is still there `j` steps later; 1 at `j` = 0. */
  echo(j: number): number;
  /** Variance of the expectation itself, from not knowing the parameters, for the points `ts` taken as a sum. */
  parameterVariance(ts: readonly EpochMillis[]): number;
}

/** Surprises beyond so many deviations count as that many. */
const CLIP = 3;
/** Surprises below this share of the largest value are rounding. */
const ROUNDING = 1e-9;

/** Length of the description of a series by a model with `size` parameters, in units of 2 nats (BIC, corrected for few points). */
export function criterionOf(surprises: Float64Array, size: number, values: ArrayLike<number>): number {
  const n = surprises.length;
  const limit = CLIP * robustDeviation(surprises) || Infinity;
  let squares = 0;
  for (const surprise of surprises) squares += Math.min(Math.abs(surprise), limit) ** 2;
  let largest = 0;
  for (let at = 0; at < values.length; at++) largest = Math.max(largest, Math.abs(values[at] ?? 0));
  const least = (ROUNDING * largest) ** 2 || Number.MIN_VALUE;
  return n * Math.log(Math.max(squares / n, least)) + size * Math.log(n) + (2 * size * size) / Math.max(1, n - size);
}
