import type { EpochMillis, Millis } from '../base/clock';

/** One value of a series; finite. */
export interface SeriesPoint {
  readonly t: EpochMillis;
  readonly value: number;
}

const DAY: Millis = 86_400_000;
const WEEK: Millis = 7 * DAY;

/** The usual distance between two points: the median; 0 for fewer than two. */
export function usualStep(series: readonly SeriesPoint[]): Millis {
  const steps: number[] = [];
  for (let at = 1; at < series.length; at++) steps.push((series[at]?.t ?? 0) - (series[at - 1]?.t ?? 0));
  return steps.length === 0 ? 0 : medianOf(steps);
}

/** The upper of two middles; not-a-number when empty. */
export function medianOf(values: ArrayLike<number>): number {
  const sorted = new Float64Array(values).sort();
  return sorted[sorted.length >> 1] ?? NaN;
}

/** Points whose value and time are finite, in order of time; of several at one time the last counts. */
export function orderly(series: readonly SeriesPoint[]): SeriesPoint[] {
  const sorted = series
    .filter((point) => Number.isFinite(point.value) && Number.isFinite(point.t))
    .sort((one, other) => one.t - other.t);
  return sorted.filter((point, at) => sorted[at + 1]?.t !== point.t);
}

/**
 * Periods worth trying for a series, in milliseconds: a day and a week, if two whole ones were seen and the day has
 * at least four points.
 */
export function calendarPeriods(series: readonly SeriesPoint[], step: Millis): Millis[] {
  const first = series[0];
  const last = series[series.length - 1];
  if (first === undefined || last === undefined || step <= 0) return [];
  const span = last.t - first.t + step;
  return [DAY, WEEK].filter((period) => span >= 2 * period && period / step >= 4 && period / step < 20_000);
}
