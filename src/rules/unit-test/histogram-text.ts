import { CUSTOM_BUCKETS_SCHEMA } from '../../domain/histogram';
import type { BucketSpan, CounterResetHint, NativeHistogram } from '../../domain/histogram';
import { formatFloat } from '../../template';
import { RuleTestSyntaxError } from '../errors';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/**
 * Reads `{{schema:1 count:3 sum:4 buckets:[1 2]}}`.
 * @throws RuleTestSyntaxError
 */
export function parseHistogram(literal: string): NativeHistogram {
  const fields = new Map<string, string>();
  const body = literal.slice(2, -2).trim();
  const pattern = /([a-z_]+)\s*:\s*(\[[^\]]*\]|[^\s\]]+)\s*/gy;
  let at = 0;
  while (at < body.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(body);
    if (match === null) throw new RuleTestSyntaxError(`histogram ${literal}: cannot read "${body.slice(at)}"`);
    at = pattern.lastIndex;
    const [, key = '', value = ''] = match;
    if (!KNOWN.has(key)) throw new RuleTestSyntaxError(`histogram ${literal}: unknown field "${key}"`);
    if (fields.has(key)) throw new RuleTestSyntaxError(`histogram ${literal}: "${key}" is repeated`);
    fields.set(key, value);
  }
  const number = (key: string): number => {
    const text = fields.get(key);
    if (text === undefined) return 0;
    const value = numberOf(text);
    if (value === undefined) throw new RuleTestSyntaxError(`histogram ${literal}: "${key}" must be a number`);
    return value;
  };
  const list = (key: string): number[] => {
    const text = fields.get(key);
    if (text === undefined) return [];
    const items = text.startsWith('[') ? text.slice(1, -1).trim().split(/\s+/) : undefined;
    const values = items?.filter((item) => item !== '').map(numberOf);
    if (values === undefined || values.includes(undefined)) {
      throw new RuleTestSyntaxError(`histogram ${literal}: "${key}" must be a list of numbers`);
    }
    return values.flatMap((value) => value ?? []);
  };
  const hint = fields.get('counter_reset_hint') ?? 'unknown';
  const counterResetHint = HINTS.find((candidate) => candidate === hint);
  if (counterResetHint === undefined) {
    throw new RuleTestSyntaxError(`histogram ${literal}: counter_reset_hint is one of ${HINTS.join(', ')}`);
  }
  const [positive, negative] = [list('buckets'), list('n_buckets')];
  return {
    schema: number('schema'),
    zeroThreshold: number('z_bucket_w'),
    zeroCount: number('z_bucket'),
    count: number('count'),
    sum: number('sum'),
    positiveSpans: positive.length > 0 ? [{ offset: number('offset'), length: positive.length }] : [],
    positiveBuckets: positive,
    negativeSpans: negative.length > 0 ? [{ offset: number('n_offset'), length: negative.length }] : [],
    negativeBuckets: negative,
    customValues: list('custom_values'),
    counterResetHint,
  };
}

const KNOWN = new Set([
  'schema',
  'count',
  'sum',
  'z_bucket',
  'z_bucket_w',
  'buckets',
  'offset',
  'n_buckets',
  'n_offset',
  'custom_values',
  'counter_reset_hint',
]);

/** The text of a histogram, with runs of buckets joined and empty ones at both ends left out: equal texts mean equal. */
export function histogramText(histogram: NativeHistogram): string {
  const parts: string[] = [];
  const put = (key: string, value: number): void => {
    if (value !== 0) parts.push(`${key}:${formatFloat(value, 'g')}`);
  };
  put('schema', histogram.schema);
  put('count', histogram.count);
  put('sum', histogram.sum);
  if (histogram.counterResetHint !== 'unknown') parts.push(`counter_reset_hint:${histogram.counterResetHint}`);
  put('z_bucket', histogram.zeroCount);
  put('z_bucket_w', histogram.zeroThreshold);
  if (histogram.customValues.length > 0) parts.push(`custom_values:${listText(histogram.customValues)}`);
  const side = (name: string, offsetName: string, buckets: ReadonlyMap<number, number>): void => {
    const used = [...buckets].filter(([, count]) => count !== 0).map(([index]) => index);
    if (used.length === 0) return;
    const [first, last] = [Math.min(...used), Math.max(...used)];
    put(offsetName, first);
    const dense = Array.from({ length: last - first + 1 }, (_, index) => buckets.get(first + index) ?? 0);
    parts.push(`${name}:${listText(dense)}`);
  };
  side('buckets', 'offset', sparse(histogram.positiveSpans, histogram.positiveBuckets));
  side('n_buckets', 'n_offset', sparse(histogram.negativeSpans, histogram.negativeBuckets));
  return `{{${parts.join(' ')}}}`;
}

/**
 * The sum of two histograms, the second taken `sign` times.
 * @throws RuleTestSyntaxError where they cannot be added.
 */
export function addHistograms(a: NativeHistogram, b: NativeHistogram, sign: 1 | -1): NativeHistogram {
  if (a.schema > b.schema || (a.schema === CUSTOM_BUCKETS_SCHEMA) !== (b.schema === CUSTOM_BUCKETS_SCHEMA)) {
    throw new RuleTestSyntaxError(`error combining histograms: cannot merge from schema ${b.schema} to ${a.schema}`);
  }
  const shift = a.schema === CUSTOM_BUCKETS_SCHEMA ? 0 : b.schema - a.schema;
  const merge = (
    left: ReadonlyMap<number, number>,
    right: ReadonlyMap<number, number>,
  ): { spans: BucketSpan[]; buckets: number[] } => {
    const merged = new Map(left);
    for (const [index, count] of right) {
      // Of a finer schema, 2^shift neighbouring buckets make one.
      const target = shift === 0 ? index : ((index - 1) >> shift) + 1;
      merged.set(target, (merged.get(target) ?? 0) + sign * count);
    }
    if (merged.size === 0) return { spans: [], buckets: [] };
    const [first, last] = [Math.min(...merged.keys()), Math.max(...merged.keys())];
    const buckets = Array.from({ length: last - first + 1 }, (_, i) => merged.get(first + i) ?? 0);
    return { spans: [{ offset: first, length: buckets.length }], buckets };
  };
  const positive = merge(sparse(a.positiveSpans, a.positiveBuckets), sparse(b.positiveSpans, b.positiveBuckets));
  const negative = merge(sparse(a.negativeSpans, a.negativeBuckets), sparse(b.negativeSpans, b.negativeBuckets));
  return {
    ...a,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
    zeroCount: a.zeroCount + sign * b.zeroCount,
    count: a.count + sign * b.count,
    sum: a.sum + sign * b.sum,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

/**
 * Whether a counter started anew between two samples: the count or any bucket is lower. What storage notes when it
 * appends a histogram, and tells as its hint when it is read.
 */
export function isReset(before: NativeHistogram, after: NativeHistogram): boolean {
  if (after.count < before.count || after.zeroCount < before.zeroCount || after.schema !== before.schema) return true;
  const side = (left: ReadonlyMap<number, number>, right: ReadonlyMap<number, number>): boolean =>
    [...left].some(([index, count]) => (right.get(index) ?? 0) < count);
  return (
    side(sparse(before.positiveSpans, before.positiveBuckets), sparse(after.positiveSpans, after.positiveBuckets)) ||
    side(sparse(before.negativeSpans, before.negativeBuckets), sparse(after.negativeSpans, after.negativeBuckets))
  );
}

function sparse(spans: readonly BucketSpan[], counts: readonly number[]): Map<number, number> {
  const buckets = new Map<number, number>();
  let index = 0;
  let position = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) buckets.set(index++, counts[position++] ?? 0);
  }
  return buckets;
}

function listText(values: readonly number[]): string {
  return `[${values.map((value) => formatFloat(value, 'g')).join(' ')}]`;
}

function numberOf(text: string): number | undefined {
  if (/^[-+]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
}
