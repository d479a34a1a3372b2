import { almostEqual } from '../eval/numbers';

/** Cumulative buckets of a classic histogram, as parallel lists. */
export interface ClassicBuckets {
  bounds: number[];
  counts: number[];
}

/** How far buckets had to be bent to be cumulative. */
export interface ForcedMonotonicity {
  readonly minBucket: number;
  readonly maxBucket: number;
  readonly maxDifference: number;
}

/** Relative differences below this count as rounding errors. */
const SMALL_DELTA = 1e-12;

/**
 * The q-quantile by linear interpolation within a bucket. Sorts and mends the buckets in place; calls `onForced` when a
 * count sank from one bucket to the next.
 */
export function classicQuantile(
  q: number,
  buckets: ClassicBuckets,
  onForced?: (forced: ForcedMonotonicity) => void,
): number {
  if (Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (buckets.bounds.length === 0) return NaN;
  sortBuckets(buckets);
  if (buckets.bounds.at(-1) !== Infinity) return NaN;
  mergeEqualBounds(buckets);
  const forced = mendCounts(buckets.bounds, buckets.counts);
  if (forced !== undefined) onForced?.(forced);
  const { bounds, counts } = buckets;
  const last = bounds.length - 1;
  if (last < 1) return NaN;
  const observations = counts[last] ?? 0;
  if (observations === 0) return NaN;
  const rank = q * observations;
  let at = 0;
  let end = last;
  while (at < end) {
    const middle = (at + end) >> 1;
    if ((counts[middle] ?? 0) >= rank) end = middle;
    else at = middle + 1;
  }
  if (at === last) return bounds[last - 1] ?? NaN;
  const upper = bounds[at] ?? NaN;
  const count = counts[at] ?? NaN;
  if (at === 0) return upper <= 0 ? upper : upper * (rank / count);
  const lower = bounds[at - 1] ?? NaN;
  const below = counts[at - 1] ?? NaN;
  return lower + (upper - lower) * ((rank - below) / (count - below));
}

/** The part of observations between two values, by linear interpolation. */
export function classicFraction(from: number, to: number, buckets: ClassicBuckets): number {
  if (buckets.bounds.length === 0) return NaN;
  sortBuckets(buckets);
  if (buckets.bounds.at(-1) !== Infinity) return NaN;
  mergeEqualBounds(buckets);
  const { bounds, counts } = buckets;
  const count = counts.at(-1) ?? 0;
  if (count === 0 || Number.isNaN(from) || Number.isNaN(to)) return NaN;
  if (from >= to) return 0;
  const rankOf = (value: number): number => {
    let rank = 0;
    let lower = (bounds[0] ?? 0) <= 0 ? -Infinity : 0;
    for (let i = 0; i < bounds.length; i++) {
      if (i > 0) lower = bounds[i - 1] ?? 0;
      const upper = bounds[i] ?? Infinity;
      const here = counts[i] ?? 0;
      if (lower >= value) return Math.min(rank, count);
      if (upper > value) {
        if (lower === -Infinity) return Math.min(here, count);
        return Math.min(rank + ((here - rank) * (value - lower)) / (upper - lower), count);
      }
      rank = here;
    }
    return count;
  };
  return (rankOf(to) - rankOf(from)) / count;
}

function sortBuckets(buckets: ClassicBuckets): void {
  const { bounds, counts } = buckets;
  let sorted = true;
  for (let i = 1; i < bounds.length; i++) {
    if ((bounds[i] ?? 0) < (bounds[i - 1] ?? 0)) {
      sorted = false;
      break;
    }
  }
  if (sorted) return;
  const order = bounds.map((_, i) => i).sort((a, b) => ((bounds[a] ?? 0) < (bounds[b] ?? 0) ? -1 : 1));
  buckets.bounds = order.map((i) => bounds[i] ?? 0);
  buckets.counts = order.map((i) => counts[i] ?? 0);
}

function mergeEqualBounds(buckets: ClassicBuckets): void {
  const { bounds, counts } = buckets;
  let to = 0;
  for (let i = 1; i < bounds.length; i++) {
    if (bounds[i] === bounds[to]) {
      counts[to] = (counts[to] ?? 0) + (counts[i] ?? 0);
    } else {
      to++;
      bounds[to] = bounds[i] ?? 0;
      counts[to] = counts[i] ?? 0;
    }
  }
  bounds.length = to + 1;
  counts.length = to + 1;
}

function mendCounts(bounds: readonly number[], counts: number[]): ForcedMonotonicity | undefined {
  let minBucket = Infinity;
  let maxBucket = -Infinity;
  let maxDifference = 0;
  let forced = false;
  let previous = counts[0] ?? 0;
  for (let i = 1; i < counts.length; i++) {
    const current = counts[i] ?? 0;
    if (current === previous) continue;
    if (almostEqual(previous, current, SMALL_DELTA)) {
      counts[i] = previous;
    } else if (current < previous) {
      counts[i] = previous;
      forced = true;
      minBucket = Math.min(minBucket, bounds[i] ?? 0);
      maxBucket = Math.max(maxBucket, bounds[i] ?? 0);
      maxDifference = Math.max(maxDifference, previous - current);
    } else {
      previous = current;
    }
  }
  return forced ? { minBucket, maxBucket, maxDifference } : undefined;
}
