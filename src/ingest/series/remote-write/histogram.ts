import type { BucketSpan, CounterResetHint, NativeHistogram } from '../../../domain/histogram';
import type { WireReader, WireWriter } from '../../../otlp';
import { RemoteWriteDecodeError } from '../errors';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** The halves of Prometheus' staleness marker. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff00000;

/** A native histogram of a request. */
export interface WrittenHistogram {
  readonly t: number;
  readonly histogram: NativeHistogram;
  readonly stale: boolean;
}

const double = new DataView(new ArrayBuffer(8));

/** Reads a double; `stale` when its bits are the staleness marker. */
export function readMarkedDouble(reader: WireReader): { value: number; stale: boolean } {
  reader.fixed64();
  const { lo, hi } = reader;
  if (hi === STALE_HIGH && lo === STALE_LOW) return { value: NaN, stale: true };
  double.setUint32(0, hi);
  double.setUint32(4, lo);
  return { value: double.getFloat64(0), stale: false };
}

/** Reads the prometheus.Histogram (1.0) or io.prometheus.write.v2.Histogram that follows: fields are the same. */
export function readHistogram(reader: WireReader): WrittenHistogram {
  const outer = reader.enter();
  let count = 0;
  let sum = { value: 0, stale: false };
  let schema = 0;
  let zeroThreshold = 0;
  let zeroCount = 0;
  let hint = 0;
  let t = 0;
  const positiveSpans: BucketSpan[] = [];
  const negativeSpans: BucketSpan[] = [];
  const deltas: { positive: number[]; negative: number[] } = { positive: [], negative: [] };
  const counts: { positive: number[]; negative: number[] } = { positive: [], negative: [] };
  const customValues: number[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) count = unsigned(reader);
    else if (tag === 0x11) count = reader.double();
    else if (tag === 0x19) sum = readMarkedDouble(reader);
    else if (tag === 0x20) schema = reader.sint32();
    else if (tag === 0x29) zeroThreshold = reader.double();
    else if (tag === 0x30) zeroCount = unsigned(reader);
    else if (tag === 0x39) zeroCount = reader.double();
    else if (tag === 0x42) negativeSpans.push(readSpan(reader));
    else if (tag === 0x4a) packed(reader, () => deltas.negative.push(zigzag(reader)));
    else if (tag === 0x48) deltas.negative.push(zigzag(reader));
    else if (tag === 0x52) packed(reader, () => counts.negative.push(reader.double()));
    else if (tag === 0x51) counts.negative.push(reader.double());
    else if (tag === 0x5a) positiveSpans.push(readSpan(reader));
    else if (tag === 0x62) packed(reader, () => deltas.positive.push(zigzag(reader)));
    else if (tag === 0x60) deltas.positive.push(zigzag(reader));
    else if (tag === 0x6a) packed(reader, () => counts.positive.push(reader.double()));
    else if (tag === 0x69) counts.positive.push(reader.double());
    else if (tag === 0x70) hint = reader.uint32();
    else if (tag === 0x78) t = Number(reader.int64());
    else if (tag === 0x82) packed(reader, () => customValues.push(reader.double()));
    else if (tag === 0x81) customValues.push(reader.double());
    else reader.skip(tag);
  }
  reader.leave(outer);
  const histogram: NativeHistogram = {
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum: sum.value,
    positiveSpans,
    positiveBuckets: counts.positive.length > 0 ? counts.positive : absolute(deltas.positive),
    negativeSpans,
    negativeBuckets: counts.negative.length > 0 ? counts.negative : absolute(deltas.negative),
    customValues,
    counterResetHint: HINTS[hint] ?? 'unknown',
  };
  if (!sum.stale) check(histogram);
  return { t, histogram, stale: sum.stale };
}

/**
 * Writes a histogram's fields. Counts go as whole numbers where they are, as whoever counted them wrote them: Prometheus 3.5 cannot
 * take windows of float histograms from a remote read.
 */
export function writeHistogram(out: WireWriter, histogram: NativeHistogram, t: number): void {
  const { count, zeroCount, positiveBuckets, negativeBuckets } = histogram;
  const isWhole = [count, zeroCount].every(isCount) && positiveBuckets.every(isCount) && negativeBuckets.every(isCount);
  if (isWhole) out.int64(1, count);
  else unpackedDouble(out, 2, count);
  out.double(3, histogram.sum);
  out.sint32(4, histogram.schema);
  out.double(5, histogram.zeroThreshold);
  if (isWhole) out.int64(6, zeroCount);
  else unpackedDouble(out, 7, zeroCount);
  for (const span of histogram.negativeSpans) writeSpan(out, 8, span);
  writeBuckets(out, negativeBuckets, isWhole ? 9 : 10, isWhole);
  for (const span of histogram.positiveSpans) writeSpan(out, 11, span);
  writeBuckets(out, positiveBuckets, isWhole ? 12 : 13, isWhole);
  out.uint32(14, HINTS.indexOf(histogram.counterResetHint));
  out.int64(15, t);
  for (const bound of histogram.customValues) unpackedDouble(out, 16, bound);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Whole counts as differences from one to the next, others as they are. */
function writeBuckets(out: WireWriter, counts: readonly number[], field: number, isWhole: boolean): void {
  if (!isWhole) {
    for (const count of counts) unpackedDouble(out, field, count);
    return;
  }
  let before = 0;
  for (const count of counts) {
    const delta = BigInt(count - before);
    out.rawVarint(field << 3);
    out.rawVarint((delta << 1n) ^ (delta >> 63n));
    before = count;
  }
}

function check({
  schema,
  positiveSpans,
  positiveBuckets,
  negativeSpans,
  negativeBuckets,
  customValues,
}: NativeHistogram): void {
  const custom = schema === -53;
  if (!custom && (schema < -4 || schema > 8))
    throw new RemoteWriteDecodeError(`a histogram of unknown schema ${schema}`);
  const buckets = (spans: readonly BucketSpan[]): number => spans.reduce((sum, { length }) => sum + length, 0);
  if (buckets(positiveSpans) !== positiveBuckets.length || buckets(negativeSpans) !== negativeBuckets.length) {
    throw new RemoteWriteDecodeError('a histogram whose spans and buckets do not agree');
  }
  if (custom && positiveBuckets.length > customValues.length + 1) {
    throw new RemoteWriteDecodeError('a histogram with more buckets than bounds');
  }
}

function absolute(deltas: readonly number[]): number[] {
  let count = 0;
  return deltas.map((delta) => (count += delta));
}

function readSpan(reader: WireReader): BucketSpan {
  const outer = reader.enter();
  let offset = 0;
  let length = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) offset = reader.sint32();
    else if (tag === 0x10) length = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { offset, length };
}

function writeSpan(out: WireWriter, field: number, { offset, length }: BucketSpan): void {
  const at = out.begin(field);
  out.sint32(1, offset);
  out.uint32(2, length);
  out.end(at);
}

/** A double in its own field: zero too, unlike `double`. */
function unpackedDouble(out: WireWriter, field: number, value: number): void {
  out.rawVarint((field << 3) | 1);
  out.rawDouble(value);
}

function packed(reader: WireReader, read: () => void): void {
  const outer = reader.enter();
  while (reader.pos < reader.end) read();
  reader.leave(outer);
}

function unsigned(reader: WireReader): number {
  reader.varint();
  return reader.hi * 4_294_967_296 + reader.lo;
}

function zigzag(reader: WireReader): number {
  const value = reader.uint64();
  return Number((value >> 1n) ^ -(value & 1n));
}
