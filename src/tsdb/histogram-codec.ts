import type { BucketSpan, CounterResetHint, NativeHistogram } from '../domain/histogram';
import type { ByteReader, ByteWriter } from './bytes';
import { CorruptDataError } from './errors';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** Writes a native histogram. */
export function writeHistogram(out: ByteWriter, histogram: NativeHistogram): void {
  out.byte(HINTS.indexOf(histogram.counterResetHint));
  out.zigzag(histogram.schema);
  out.double(histogram.zeroThreshold);
  out.double(histogram.zeroCount);
  out.double(histogram.count);
  out.double(histogram.sum);
  writeSpans(out, histogram.positiveSpans);
  writeSpans(out, histogram.negativeSpans);
  writeNumbers(out, histogram.positiveBuckets);
  writeNumbers(out, histogram.negativeBuckets);
  writeNumbers(out, histogram.customValues);
}

/** Reads what `writeHistogram` wrote. */
export function readHistogram(from: ByteReader): NativeHistogram {
  const counterResetHint = HINTS[from.byte()];
  if (counterResetHint === undefined) throw new CorruptDataError('a histogram has an unknown counter reset hint');
  const schema = from.zigzag();
  const zeroThreshold = from.double();
  const zeroCount = from.double();
  const count = from.double();
  const sum = from.double();
  const positiveSpans = readSpans(from);
  const negativeSpans = readSpans(from);
  return {
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans,
    negativeSpans,
    positiveBuckets: readNumbers(from),
    negativeBuckets: readNumbers(from),
    customValues: readNumbers(from),
    counterResetHint,
  };
}

/** Whether two histograms hold the same; bit by bit, so that NaN equals itself. */
export function sameHistogram(a: NativeHistogram | undefined, b: NativeHistogram | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.schema === b.schema &&
    Object.is(a.zeroThreshold, b.zeroThreshold) &&
    Object.is(a.zeroCount, b.zeroCount) &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.counterResetHint === b.counterResetHint &&
    sameNumbers(a.positiveBuckets, b.positiveBuckets) &&
    sameNumbers(a.negativeBuckets, b.negativeBuckets) &&
    sameNumbers(a.customValues, b.customValues) &&
    sameSpans(a.positiveSpans, b.positiveSpans) &&
    sameSpans(a.negativeSpans, b.negativeSpans)
  );
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  return a.length === b.length && a.every(({ offset, length }, i) => offset === b[i]?.offset && length === b[i].length);
}

function writeSpans(out: ByteWriter, spans: readonly BucketSpan[]): void {
  out.varint(spans.length);
  for (const { offset, length } of spans) {
    out.zigzag(offset);
    out.varint(length);
  }
}

function readSpans(from: ByteReader): BucketSpan[] {
  return Array.from({ length: from.count(2) }, () => ({ offset: from.zigzag(), length: from.varint() }));
}

function writeNumbers(out: ByteWriter, numbers: readonly number[]): void {
  out.varint(numbers.length);
  for (const number of numbers) out.double(number);
}

function readNumbers(from: ByteReader): number[] {
  return Array.from({ length: from.count(8) }, () => from.double());
}
