import type { Bucket, Side } from './buckets';
import type { FloatHistogram } from './float-histogram';

/** What is kept of a bucket, and where its observations are taken to lie. */
interface Kept {
  readonly count: number;
  readonly middle: number;
}

const NOTHING: Kept = { count: 0, middle: 0 };

/** Removes the observations above (`upper`) or below `limit`, interpolating within the bucket it falls into; in place. */
export function trimHistogram(histogram: FloatHistogram, limit: number, upper: boolean): FloatHistogram {
  const total = { count: 0, sum: 0, changed: false };
  const trimSide = (side: Side, buckets: readonly Bucket[], positive: boolean): boolean => {
    let populated = false;
    buckets.forEach((bucket, i) => {
      if (bucket.count === 0) return;
      populated = true;
      const kept = trimBucket(bucket, limit, upper, positive, histogram.custom);
      total.count += kept.count;
      total.sum += kept.middle * kept.count;
      if (side.counts[i] !== kept.count) {
        side.counts[i] = kept.count;
        total.changed = true;
      }
    });
    return populated;
  };
  const hasPositive = trimSide(histogram.positive, histogram.positiveBuckets(), true);
  const hasNegative = trimSide(histogram.negative, histogram.negativeBuckets(), false);
  if (histogram.zeroCount > 0) {
    const kept = trimZeroBucket(histogram, limit, upper, hasNegative, hasPositive);
    if (histogram.zeroCount !== kept.count) {
      histogram.zeroCount = kept.count;
      total.changed = true;
    }
    total.sum += kept.middle * kept.count;
    total.count += kept.count;
  }
  if (total.changed) {
    histogram.count = total.count;
    histogram.sum = total.sum;
    histogram.compact();
  }
  return histogram;
}

function trimBucket(bucket: Bucket, limit: number, upper: boolean, positive: boolean, linear: boolean): Kept {
  const keepsAll = upper ? bucket.upper <= limit : bucket.lower >= limit;
  if (keepsAll) return { count: bucket.count, middle: middleOf(bucket.lower, bucket.upper, positive, linear) };
  const holdsLimit = upper ? bucket.lower < limit : bucket.upper > limit;
  if (!holdsLimit) return NOTHING;
  if (bucket.lower === -Infinity || bucket.upper === Infinity) return trimInfiniteBucket(bucket, limit, upper);
  const under = countBelow(bucket, limit, linear);
  return upper
    ? { count: under, middle: middleOf(bucket.lower, limit, positive, linear) }
    : { count: bucket.count - under, middle: middleOf(limit, bucket.upper, positive, linear) };
}

/** Nothing is known of how observations lie in a bucket without end, but for custom buckets starting at 0. */
function trimInfiniteBucket(bucket: Bucket, limit: number, upper: boolean): Kept {
  const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
  if (bucket.lower === -Infinity) {
    const startsAtZero = bucket.upper > 0 && bucket.upper !== Infinity;
    if (upper) {
      if (limit >= bucket.upper) return { count: bucket.count, middle: 0 };
      if (limit > 0 && startsAtZero) return { count: (bucket.count * limit) / bucket.upper, middle: limit / 2 };
      if (bucket.upper <= 0) return { count: bucket.count, middle: limit };
      return { count: 0, middle: finite(bucket.upper) };
    }
    if (limit <= bucket.lower) return { count: bucket.count, middle: 0 };
    if (limit >= 0 && bucket.upper > limit && startsAtZero) {
      return { count: bucket.count * (1 - limit / bucket.upper), middle: (limit + bucket.upper) / 2 };
    }
    return { count: 0, middle: finite(bucket.upper) };
  }
  if (!upper && limit >= bucket.lower) return { count: bucket.count, middle: limit };
  return { count: 0, middle: finite(bucket.lower) };
}

function trimZeroBucket(
  histogram: FloatHistogram,
  limit: number,
  upper: boolean,
  hasNegative: boolean,
  hasPositive: boolean,
): Kept {
  const from = hasPositive && !hasNegative ? 0 : -histogram.zeroThreshold;
  const to = hasNegative && !hasPositive ? 0 : histogram.zeroThreshold;
  const all: Kept = { count: histogram.zeroCount, middle: (from + to) / 2 };
  if (limit <= from) return upper ? NOTHING : all;
  if (limit >= to) return upper ? all : NOTHING;
  return upper
    ? { count: histogram.zeroCount * ((limit - from) / (to - from)), middle: (from + limit) / 2 }
    : { count: histogram.zeroCount * ((to - limit) / (to - from)), middle: (limit + to) / 2 };
}

function countBelow(bucket: Bucket, limit: number, linear: boolean): number {
  if (limit <= bucket.lower) return 0;
  if (limit >= bucket.upper) return bucket.count;
  return bucket.count * fractionBelow(bucket, limit, linear);
}

/** The part of a bucket below a value, spread evenly on a linear or logarithmic scale. */
export function fractionBelow(bucket: Bucket, value: number, linear: boolean): number {
  if (linear) return (value - bucket.lower) / (bucket.upper - bucket.lower);
  const lower = Math.log2(Math.abs(bucket.lower));
  const upper = Math.log2(Math.abs(bucket.upper));
  const at = Math.log2(Math.abs(value));
  return value > 0 ? (at - lower) / (upper - lower) : 1 - (at - upper) / (lower - upper);
}

function middleOf(from: number, to: number, positive: boolean, linear: boolean): number {
  if (!Number.isFinite(from)) {
    if (!Number.isFinite(to)) return 0;
    return to > 0 ? to / 2 : to;
  }
  if (!Number.isFinite(to)) return from;
  if (linear) return (from + to) / 2;
  const mean = Math.sqrt(Math.abs(from * to));
  return positive ? mean : -mean;
}
