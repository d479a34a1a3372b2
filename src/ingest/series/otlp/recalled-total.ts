import type { Labels } from '../../../domain/labels';
import type { HistogramPoint } from '../../../domain/metric-point';
import type { NewestSample } from '../../../storage';
import type { RecalledTotal } from './delta-totals';
import { fromNativeHistogram } from './exponential';

/** The newest stored sample of a series. */
export type NewestOf = (labels: Labels) => NewestSample | undefined;

/** What a delta sum had come to. */
export function recalledSum(newestOf: NewestOf, series: Labels): RecalledTotal | undefined {
  const newest = newestOf(series);
  if (newest === undefined || newest.histogram !== undefined || Number.isNaN(newest.value)) return undefined;
  return { t: newest.t, total: { kind: 'sum', value: newest.value } };
}

/** The series of a classic histogram. */
export interface HistogramSeries {
  /** By bound, the infinite one last. */
  readonly buckets: readonly Labels[];
  readonly sum: Labels;
  readonly count: Labels;
}

/** What a delta histogram had come to; undefined unless all its series end at one time and fit together. */
export function recalledHistogram(
  newestOf: NewestOf,
  { buckets, sum, count }: HistogramSeries,
  { explicitBounds, bucketCounts }: HistogramPoint,
): RecalledTotal | undefined {
  const whole = newestOf(count);
  if (whole === undefined) return undefined;
  const counts: number[] = [];
  let below = 0;
  for (const bucket of buckets) {
    const newest = newestOf(bucket);
    if (newest?.t !== whole.t || !(newest.value >= below)) return undefined;
    counts.push(newest.value - below);
    below = newest.value;
  }
  if (below !== whole.value) return undefined;
  const summed = newestOf(sum);
  return {
    t: whole.t,
    total: {
      kind: 'histogram',
      count: whole.value,
      sum: summed?.t === whole.t ? summed.value : undefined,
      bucketCounts: bucketCounts.length === 0 ? [] : counts,
      explicitBounds,
    },
  };
}

/** What a delta exponential histogram had come to. */
export function recalledExponential(newestOf: NewestOf, series: Labels): RecalledTotal | undefined {
  const newest = newestOf(series);
  const total = newest?.histogram && fromNativeHistogram(newest.histogram);
  return newest && total && { t: newest.t, total: { kind: 'exponential', total } };
}

/** Nothing is stored. */
export const NOTHING_STORED: NewestOf = () => undefined;
