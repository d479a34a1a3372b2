import { CUSTOM_BUCKETS_SCHEMA } from '../../domain/histogram';
import type { BucketSpan } from '../../domain/histogram';
import { FINEST_BOUNDS } from './bounds-table';

const FINEST_SCHEMA = 8;

/** The buckets of one side: ascending indices and their counts, in parallel. */
export interface Side {
  index: number[];
  counts: number[];
}

/** One bucket with its bounds. */
export interface Bucket {
  lower: number;
  upper: number;
  count: number;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

/** Unfolds spans into indices; counts beyond the spans are dropped. */
export function sideOf(spans: readonly BucketSpan[], buckets: readonly number[]): Side {
  const index: number[] = [];
  let at = 0;
  for (const span of spans) {
    at += span.offset;
    for (let i = 0; i < span.length && index.length < buckets.length; i++) index.push(at++);
  }
  return { index, counts: buckets.slice(0, index.length) };
}

/** Folds indices into spans. */
export function spansOf(side: Side): BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const at of side.index) {
    const last = spans.at(-1);
    if (last !== undefined && at === next) last.length++;
    else spans.push({ offset: at - next, length: 1 });
    next = at + 1;
  }
  return spans;
}

/** The upper bound of a bucket of the positive side. */
export function boundOf(index: number, schema: number, customValues: readonly number[]): number {
  if (schema === CUSTOM_BUCKETS_SCHEMA) {
    if (index < 0) return -Infinity;
    return index >= customValues.length ? Infinity : (customValues[index] ?? Infinity);
  }
  return exponentialBound(index, schema);
}

/** base^index with base = 2^(2^-schema); the bucket before the one of infinities ends at the largest number. */
export function exponentialBound(index: number, schema: number): number {
  if (schema < 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const whole = Math.floor(index / 2 ** schema);
  const fraction = FINEST_BOUNDS[(index - whole * 2 ** schema) * 2 ** (FINEST_SCHEMA - schema)] ?? 0.5;
  if (fraction === 0.5 && whole === 1024) return Number.MAX_VALUE;
  // In two steps, since 2^1024 alone would overflow.
  return fraction * 2 * 2 ** Math.min(whole, 1023) * (whole > 1023 ? 2 ** (whole - 1023) : 1);
}

/** The bucket of a lower resolution that holds this one. */
export function indexAt(index: number, schema: number, target: number): number {
  return ((index - 1) >> (schema - target)) + 1;
}

/** The same buckets at a lower resolution. */
export function reduceSide(side: Side, schema: number, target: number): Side {
  if (schema === target) return side;
  const index: number[] = [];
  const counts: number[] = [];
  side.index.forEach((at, i) => {
    const to = indexAt(at, schema, target);
    const count = side.counts[i] ?? 0;
    if (index.at(-1) === to) counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
    else {
      index.push(to);
      counts.push(count);
    }
  });
  return { index, counts };
}

/** Without the buckets that hold nothing. */
export function compactSide(side: Side): Side {
  if (!side.counts.includes(0)) return side;
  const index: number[] = [];
  const counts: number[] = [];
  side.counts.forEach((count, i) => {
    if (count === 0) return;
    index.push(side.index[i] ?? 0);
    counts.push(count);
  });
  return { index, counts };
}
