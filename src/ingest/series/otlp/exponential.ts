import type { BucketSpan, CounterResetHint, NativeHistogram } from '../../../domain/histogram';
import type { ExponentialBuckets, ExponentialHistogramPoint } from '../../../domain/metric-point';

/** The finest and coarsest resolution that Prometheus' native histograms have. */
const FINEST = 8;
const COARSEST = -4;

/** The width of the zero bucket of points that give none, as Prometheus sets it. */
const ZERO_THRESHOLD = 1e-128;

/** Adds exponential histograms with counts by bucket index; resolutions may differ. */
export interface ExponentialTotal {
  scale: number;
  count: number;
  sum: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: Map<number, number>;
  negative: Map<number, number>;
}

/** A point as a total of its own. */
export function totalOf(point: ExponentialHistogramPoint): ExponentialTotal {
  return {
    scale: point.scale,
    count: point.count,
    sum: point.sum ?? 0,
    zeroCount: point.zeroCount,
    zeroThreshold: point.zeroThreshold,
    positive: bucketMap(point.positive),
    negative: bucketMap(point.negative),
  };
}

/** Adds a point to a total; the coarser of both resolutions remains. */
export function addPoint(total: ExponentialTotal, point: ExponentialHistogramPoint): void {
  const added = totalOf(point);
  const scale = Math.min(total.scale, added.scale);
  coarsen(total, scale);
  coarsen(added, scale);
  total.count += added.count;
  total.sum += added.sum;
  total.zeroCount += added.zeroCount;
  total.zeroThreshold = Math.max(total.zeroThreshold, added.zeroThreshold);
  addBuckets(total.positive, added.positive);
  addBuckets(total.negative, added.negative);
}

/** As a native histogram; undefined when it is coarser than those can be. */
export function toNativeHistogram(
  source: ExponentialTotal,
  counterResetHint: CounterResetHint,
): NativeHistogram | undefined {
  if (source.scale < COARSEST) return undefined;
  const total = { ...source, positive: new Map(source.positive), negative: new Map(source.negative) };
  coarsen(total, Math.min(total.scale, FINEST));
  const positive = spansOf(total.positive);
  const negative = spansOf(total.negative);
  return {
    schema: total.scale,
    zeroThreshold: total.zeroThreshold === 0 ? ZERO_THRESHOLD : total.zeroThreshold,
    zeroCount: total.zeroCount,
    count: total.count,
    sum: total.sum,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
    customValues: [],
    counterResetHint,
  };
}

/** The total that `toNativeHistogram` made; undefined for histograms with bounds of their own. */
export function fromNativeHistogram(native: NativeHistogram): ExponentialTotal | undefined {
  if (native.schema > FINEST || native.schema < COARSEST) return undefined;
  const { schema: scale, count, sum, zeroCount, zeroThreshold } = native;
  const positive = bucketsOf(native.positiveSpans, native.positiveBuckets);
  const negative = bucketsOf(native.negativeSpans, native.negativeBuckets);
  return { scale, count, sum, zeroCount, zeroThreshold, positive, negative };
}

function bucketsOf(spans: readonly BucketSpan[], counts: readonly number[]): Map<number, number> {
  const buckets = new Map<number, number>();
  let own = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    own += offset;
    for (let i = 0; i < length; i++, own++) buckets.set(own - 1, counts[at++] ?? 0);
  }
  return buckets;
}

function bucketMap({ offset, bucketCounts }: ExponentialBuckets): Map<number, number> {
  const map = new Map<number, number>();
  bucketCounts.forEach((count, index) => {
    if (count !== 0) map.set(offset + index, count);
  });
  return map;
}

function addBuckets(into: Map<number, number>, from: ReadonlyMap<number, number>): void {
  for (const [index, count] of from) into.set(index, (into.get(index) ?? 0) + count);
}

function coarsen(total: ExponentialTotal, scale: number): void {
  const shift = total.scale - scale;
  if (shift <= 0) return;
  total.positive = shifted(total.positive, shift);
  total.negative = shifted(total.negative, shift);
  total.scale = scale;
}

function shifted(buckets: ReadonlyMap<number, number>, shift: number): Map<number, number> {
  const coarser = new Map<number, number>();
  for (const [index, count] of buckets) {
    const target = Math.floor(index / 2 ** shift);
    coarser.set(target, (coarser.get(target) ?? 0) + count);
  }
  return coarser;
}

/** OTLP's bucket i is (base^i, base^(i+1)], Prometheus' is (base^(i-1), base^i]: numbers move up by one. */
function spansOf(buckets: ReadonlyMap<number, number>): { spans: BucketSpan[]; buckets: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (const index of [...buckets.keys()].sort((a, b) => a - b)) {
    const own = index + 1;
    const last = spans.at(-1);
    if (last === undefined) spans.push({ offset: own, length: 1 });
    else if (own === next) last.length++;
    else spans.push({ offset: own - next, length: 1 });
    counts.push(buckets.get(index) ?? 0);
    next = own + 1;
  }
  return { spans, buckets: counts };
}
