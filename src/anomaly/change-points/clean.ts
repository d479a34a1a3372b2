import { medianOf } from '../series';

/** From a median absolute deviation to a normal distribution's standard deviation. */
const MAD_SIGMAS = 1.4826;
/** Residuals beyond so many deviations are drawn in to them (Huber's pseudo-values). */
const CLIP = 3;
/** Points on each side of a running median. */
const REACH = 3;

/** Standard deviation of what is around zero, from the median of the absolute values. */
export function robustDeviation(residuals: Float64Array): number {
  return MAD_SIGMAS * medianOf(residuals.map(Math.abs));
}

/**
 * Values with outliers drawn in towards what is expected of them: a single wild point moves no level. `expected` is a fit,
 * or, left out, the running median of seven.
 */
export function drawIn(values: Float64Array, expected: Float64Array = runningMedian(values)): Float64Array {
  const residuals = values.map((value, at) => value - (expected[at] ?? 0));
  const limit = CLIP * robustDeviation(residuals);
  if (!(limit > 0)) return limit === 0 ? drawInSparse(values, expected, residuals) : values.slice();
  return values.map((_, at) => (expected[at] ?? 0) + Math.max(-limit, Math.min(limit, residuals[at] ?? 0)));
}

/** What a model expects of a series. */
export interface Expectation {
  readonly fitted: Float64Array;
  readonly spec: { readonly phi: number };
}

/**
 * Values with surprises drawn in: what a wild step leaves behind in autocorrelated noise goes with it.
 *
 * Source: the robust filter of an autoregressive process, in its simplest form.
 */
export function drawInSurprises(values: Float64Array, { fitted, spec }: Expectation): Float64Array {
  const residuals = values.map((value, at) => value - (fitted[at] ?? 0));
  const surprises = residuals.map((residual, at) => residual - spec.phi * (residuals[at - 1] ?? residual));
  const limit = CLIP * robustDeviation(surprises);
  if (!(limit > 0)) return drawIn(values, fitted);
  let state = Math.max(-limit, Math.min(limit, residuals[0] ?? 0));
  return values.map((_, at) => {
    const surprise = (residuals[at] ?? 0) - spec.phi * state;
    if (at > 0) state = spec.phi * state + Math.max(-limit, Math.min(limit, surprise));
    return (fitted[at] ?? 0) + state;
  });
}

/** More than half of the residuals are 0: the deviation is that of the others, as far as there are any. */
function drawInSparse(values: Float64Array, expected: Float64Array, residuals: Float64Array): Float64Array {
  const others = residuals.filter((residual) => residual !== 0);
  if (others.length < values.length / 10) return Float64Array.from(expected);
  const limit = CLIP * robustDeviation(others);
  return values.map((_, at) => (expected[at] ?? 0) + Math.max(-limit, Math.min(limit, residuals[at] ?? 0)));
}

function runningMedian(values: Float64Array): Float64Array {
  return values.map((_, at) => {
    // At the ends the window narrows evenly, so that a trend is followed to the last point.
    const reach = Math.min(REACH, Math.max(1, at), Math.max(1, values.length - 1 - at));
    return medianOf(values.subarray(Math.max(0, at - reach), at + reach + 1));
  });
}
