import type { NativeHistogram } from '../../domain/histogram';
import { formatG } from '../eval/format';
import type { Bucket } from './buckets';
import { FloatHistogram } from './float-histogram';

/** The populated buckets of a histogram, ascending. */
export function histogramBuckets(native: NativeHistogram): Bucket[] {
  const histogram = FloatHistogram.from(native);
  return [
    ...histogram.negativeBuckets().reverse(),
    ...(histogram.zeroCount === 0 ? [] : [histogram.zeroBucket]),
    ...histogram.positiveBuckets(),
  ].filter(({ count }) => count !== 0);
}

/** A histogram as Prometheus writes it: `{count:3, sum:5, [-0.5,0.5]:1, (1,2]:2}`. */
export function histogramText(native: NativeHistogram): string {
  const buckets = histogramBuckets(native);
  return `{${[`count:${formatG(native.count)}, sum:${formatG(native.sum)}`, ...buckets.map(bucketText)].join(', ')}}`;
}

function bucketText(bucket: Bucket): string {
  const open = bucket.lowerInclusive ? '[' : '(';
  const close = bucket.upperInclusive ? ']' : ')';
  return `${open}${formatG(bucket.lower)},${formatG(bucket.upper)}${close}:${formatG(bucket.count)}`;
}

/** A histogram in the notation of test scripts: `{{schema:1 sum:5 count:3 buckets:[1 2]}}`. */
export function histogramExpression(native: NativeHistogram): string {
  const { schema, count, sum, zeroCount, zeroThreshold, customValues, counterResetHint } = native;
  const parts: string[] = [];
  if (schema !== 0) parts.push(`schema:${schema}`);
  if (count !== 0) parts.push(`count:${formatG(count)}`);
  if (sum !== 0) parts.push(`sum:${formatG(sum)}`);
  if (zeroCount !== 0) parts.push(`z_bucket:${formatG(zeroCount)}`);
  if (zeroThreshold !== 0) parts.push(`z_bucket_w:${formatG(zeroThreshold)}`);
  if (customValues.length > 0) parts.push(`custom_values:[${customValues.map(formatG).join(' ')}]`);
  if (counterResetHint !== 'unknown') parts.push(`counter_reset_hint:${counterResetHint}`);
  const { positive, negative } = FloatHistogram.from(native).compact();
  for (const [side, prefix] of [
    [positive, ''],
    [negative, 'n_'],
  ] as const) {
    const first = side.index[0];
    const last = side.index.at(-1);
    if (first === undefined || last === undefined) continue;
    if (first !== 0) parts.push(`${prefix}offset:${first}`);
    const counts = new Map(side.index.map((at, i) => [at, side.counts[i] ?? 0]));
    const dense = Array.from({ length: Math.min(last - first + 1, 1000) }, (_, i) => counts.get(first + i) ?? 0);
    parts.push(`${prefix}buckets:[${dense.map(formatG).join(' ')}]`);
  }
  return `{{${parts.join(' ')}}}`;
}
