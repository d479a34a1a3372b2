const LEAST_CYCLES = 3;
const SHORTEST_PERIOD = 3;
/** Autocorrelation from which a lag is taken for a period. */
const LEAST_CORRELATION = 0.35;

/**
 * The lag, in points, at which a series repeats itself: the highest peak of the autocorrelation of what is left of it
 * after a running mean; undefined when none stands out. At least three whole cycles must be seen.
 */
export function repeatingPeriod(values: Float64Array): number | undefined {
  const longest = Math.floor(values.length / LEAST_CYCLES);
  let best: { lag: number; correlation: number } | undefined;
  for (const window of windowsUpTo(longest)) {
    const rest = withoutRunningMean(values, window);
    const correlations = autocorrelations(rest, Math.min(longest, window));
    for (let lag = SHORTEST_PERIOD; lag + 1 < correlations.length; lag++) {
      const here = correlations[lag] ?? 0;
      const isPeak = here > (correlations[lag - 1] ?? 0) && here >= (correlations[lag + 1] ?? 0);
      // A trough lies between a series and its repetition; without one it is only sluggish.
      const trough = Math.min(...correlations.slice(1, lag));
      if (
        isPeak &&
        here >= LEAST_CORRELATION &&
        trough < here - LEAST_CORRELATION &&
        here > (best?.correlation ?? 0) * 1.1
      )
        best = { lag, correlation: here };
    }
  }
  return best?.lag;
}

function windowsUpTo(longest: number): number[] {
  const windows: number[] = [];
  for (let window = 8; window / 2 < longest; window *= 2) windows.push(Math.min(window, longest + 1));
  return windows;
}

function withoutRunningMean(values: Float64Array, window: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let at = 0; at < values.length; at++) sums[at + 1] = (sums[at] ?? 0) + (values[at] ?? 0);
  return values.map((value, at) => {
    const reach = Math.min(window >> 1, at, values.length - 1 - at);
    return value - ((sums[at + reach + 1] ?? 0) - (sums[at - reach] ?? 0)) / (2 * reach + 1);
  });
}

function autocorrelations(values: Float64Array, longest: number): number[] {
  const energy = values.reduce((sum, value) => sum + value * value, 0);
  if (energy <= 0) return [];
  return Array.from({ length: longest + 1 }, (_, lag) => {
    let sum = 0;
    for (let at = lag; at < values.length; at++) sum += (values[at] ?? 0) * (values[at - lag] ?? 0);
    return (sum / energy) * (values.length / Math.max(1, values.length - lag));
  });
}
