import type { Bucket } from './buckets';
import type { FloatHistogram } from './float-histogram';
import { fractionBelow } from './trim';

/** A number and what is to be said about it. */
export interface Estimate {
  readonly value: number;
  readonly note?: 'nan-result' | 'nan-skew' | 'nan-fraction';
}

/** The q-quantile of a native histogram; exponential buckets are interpolated on a logarithmic scale. */
export function nativeQuantile(q: number, histogram: FloatHistogram): Estimate {
  if (q < 0) return { value: -Infinity };
  if (q > 1) return { value: Infinity };
  if (histogram.count === 0 || Number.isNaN(q)) return { value: NaN };
  const forward = Number.isNaN(histogram.sum) || q < 0.5;
  const buckets = histogram.allBuckets();
  if (!forward) buckets.reverse();
  let rank = (forward ? q : 1 - q) * histogram.count;
  let count = 0;
  let at = 0;
  let bucket: Bucket = { lower: 0, upper: 0, count: 0, lowerInclusive: false, upperInclusive: false };
  for (; at < buckets.length; at++) {
    bucket = buckets[at] ?? bucket;
    if (bucket.count === 0) continue;
    count += bucket.count;
    if (count >= rank) break;
  }
  let { lower, upper } = bucket;
  if (!histogram.custom && lower < 0 && upper > 0) {
    ({ lower, upper } = zeroBounds(histogram, lower, upper));
  } else if (histogram.custom) {
    if (lower === -Infinity) {
      if (upper <= 0) return { value: upper };
      lower = 0;
    } else if (upper === Infinity) {
      return { value: lower };
    }
  }
  count = Math.min(count, histogram.count);
  if (count < rank) return Number.isNaN(histogram.sum) ? { value: NaN, note: 'nan-result' } : { value: upper };
  rank = forward ? rank - (count - bucket.count) : count - rank;
  let skewed = false;
  if (Number.isNaN(histogram.sum)) {
    for (const later of buckets.slice(at + 1)) count += later.count;
    skewed = count < histogram.count;
  }
  const fraction = rank / bucket.count;
  const value = interpolate(lower, upper, fraction, histogram.custom);
  return skewed ? { value, note: 'nan-skew' } : { value };
}

function interpolate(lower: number, upper: number, fraction: number, linear: boolean): number {
  if (linear || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** The zero bucket ends at 0 on the side where the histogram has no other buckets. */
function zeroBounds(histogram: FloatHistogram, lower: number, upper: number): { lower: number; upper: number } {
  const hasNegative = histogram.negative.index.length > 0;
  const hasPositive = histogram.positive.index.length > 0;
  return {
    lower: !hasNegative && hasPositive ? 0 : lower,
    upper: !hasPositive && hasNegative ? 0 : upper,
  };
}

/** The part of observations between two values. */
export function nativeFraction(from: number, to: number, histogram: FloatHistogram): Estimate {
  if (histogram.count === 0 || Number.isNaN(from) || Number.isNaN(to)) return { value: NaN };
  if (from >= to) return { value: 0 };
  let rank = 0;
  let count = 0;
  let fromRank: number | undefined;
  let toRank: number | undefined;
  const buckets = histogram.allBuckets();
  let at = 0;
  for (; at < buckets.length; at++) {
    const bucket = buckets[at];
    if (bucket === undefined) break;
    count += bucket.count;
    let zero = false;
    if (histogram.custom) {
      if (bucket.lower === -Infinity && bucket.upper > 0) bucket.lower = 0;
    } else if (bucket.lower <= 0 && bucket.upper >= 0) {
      zero = true;
      Object.assign(bucket, zeroBounds(histogram, bucket.lower, bucket.upper));
    }
    const rankOf = (value: number): number => {
      const linear = histogram.custom || zero;
      if (linear && bucket.lower === -Infinity) return bucket.count;
      return rank + bucket.count * fractionBelow(bucket, value, linear);
    };
    if (fromRank === undefined && bucket.lower >= from) fromRank = rank;
    if (toRank === undefined && bucket.lower >= to) toRank = rank;
    if (fromRank !== undefined && toRank !== undefined) break;
    if (fromRank === undefined && bucket.lower < from && bucket.upper > from) fromRank = rankOf(from);
    if (toRank === undefined && bucket.lower < to && bucket.upper > to) toRank = rankOf(to);
    if (fromRank !== undefined && toRank !== undefined) break;
    rank += bucket.count;
  }
  let note: Estimate['note'];
  if (Number.isNaN(histogram.sum)) {
    for (const later of buckets.slice(at + 1)) count += later.count;
    if (count < histogram.count) note = 'nan-fraction';
  } else {
    count = histogram.count;
  }
  const low = fromRank === undefined || fromRank > count ? count : fromRank;
  const high = toRank === undefined || toRank > count ? count : toRank;
  const value = (high - low) / histogram.count;
  return note === undefined ? { value } : { value, note };
}

/** The variance of the observations, each taken to lie in the middle of its bucket. */
export function nativeVariance(histogram: FloatHistogram): number {
  const mean = histogram.sum / histogram.count;
  let sum = 0;
  let compensation = 0;
  for (const bucket of histogram.allBuckets()) {
    if (bucket.count === 0) continue;
    let middle: number;
    if (histogram.custom) middle = (bucket.upper + bucket.lower) / 2;
    else if (bucket.lower <= 0 && bucket.upper >= 0) middle = 0;
    else middle = Math.sqrt(bucket.upper * bucket.lower) * (bucket.upper < 0 ? -1 : 1);
    const delta = middle - mean;
    const value = bucket.count * delta * delta;
    const total = sum + value;
    if (!Number.isFinite(total)) compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) compensation += sum - total + value;
    else compensation += value - total + sum;
    sum = total;
  }
  return (sum + compensation) / histogram.count;
}
