import { medianOf } from '../series';
import { chooseModel } from './choose-model';
import type { SeasonChoice } from './choose-model';
import { drawIn } from './clean';
import type { ModelInput, SegmentModel } from './segment-model';

/** Points of the shortest stretch that has a spread of its own. */
export const SHORTEST_SPREAD = 12;
const LEAST_POINTS = 40;
/** A spread that changes by less than this factor is no change worth telling. */
export const LEAST_RATIO = 1.7;
/** The mean of the root of |x| of a standard normal number. */
const MEAN_ROOT = 0.822;
/** The least root a line through roots may reach. */
const LEAST_ROOT = 1e-3;

/**
 * Levels of the square root of a model's surprises: where they change, the spread did. The root makes surprises nearly
 * normal and heavy tails light, and a trend, a season or clusters in the spread are guarded against as in any series. Undefined for short series.
 */
export function spreadModel(
  raw: Float64Array,
  input: ModelInput,
  model: SegmentModel,
  seasons: SeasonChoice,
): SegmentModel | undefined {
  if (raw.length < LEAST_POINTS) return undefined;
  const residuals = raw.map((value, at) => value - (model.fitted[at] ?? 0));
  const roots = residuals.map((residual, at) => {
    const surprise = residual - model.spec.phi * (residuals[at - 1] ?? residual);
    return Math.sqrt(Math.abs(surprise));
  });
  const values = drawIn(roots, new Float64Array(roots.length).fill(medianOf(roots)));
  const weights = new Float64Array(raw.length).fill(1);
  const rare = { driftPrice: 1, lines: false };
  const judged = { ...input, ...rare, values, weights, floor: 1e-4, shortest: SHORTEST_SPREAD };
  return chooseModel(values, judged, seasons);
}

/** Standard deviation of the noise around a point. */
export function spreadAt(spreads: SegmentModel, at: number): number {
  return (Math.max(LEAST_ROOT, spreads.fitted[at] ?? 0) / MEAN_ROOT) ** 2;
}

/** What each point counts by its spread: 1 on average. */
export function weightsOf(spreads: SegmentModel): Float64Array {
  const weights = spreads.fitted.map((_, at) => 1 / spreadAt(spreads, at) ** 2);
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
