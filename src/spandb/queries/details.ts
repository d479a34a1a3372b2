import { attributeToText } from '../../domain/attributes';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import { durationNano } from '../../domain/span';
import type { SpanDetail, SpanDetailQuery } from '../../storage';
import type { Segment } from '../blocks/segment';
import { candidateRows, spanReader } from './match';

/** Spans of an operation that are looked at in a block to know whether they carry an attribute. */
const TRIES = 4;
const MOST_TEXT = 500;

/**
 * The spans of a window with one of some attributes or names, reduced to what was asked for. Which operations have the
 * attributes is tried on a few spans of each in every block, so that others are not read.
 */
export function detailsOf(segments: readonly Segment[], query: SpanDetailQuery): SpanDetail[] {
  const { start, end, limit } = query;
  const from = query.part.from * 0x1_0000_0000;
  const to = query.part.to * 0x1_0000_0000;
  const [read, measure] = [new Set(query.read), new Set(query.measure)];
  const asked = new Set([...query.read, ...query.measure, ...query.withKey, ...Object.keys(query.where ?? {})]);
  const found: SpanDetail[] = [];
  for (const segment of segments) {
    const { bounds } = segment;
    if (bounds.count === 0 || bounds.maxStart < start || bounds.minStart > end) continue;
    const rows = segment.rows();
    const wanted = wantedOperations(segment, query, asked);
    const candidate = query.where === undefined ? undefined : candidateRows(segment, query.where);
    const [first, last] = isByTrace(segment)
      ? [lowerBound(rows.traceHash, from, bounds.count), lowerBound(rows.traceHash, to, bounds.count)]
      : [0, bounds.count];
    const spanAt = spanReader(segment, asked);
    for (let row = first; row < last; row++) {
      if (wanted[rows.op[row] ?? 0] !== 1 || candidate?.(row) === false) continue;
      const hash = rows.traceHash[row] ?? 0;
      if (hash < from || hash >= to) continue;
      const at = rows.start[row] ?? 0;
      if (at < start || at > end) continue;
      const span = spanAt(row);
      if (!isWanted(span, query)) continue;
      found.push(toDetail(span, read, measure));
      if (found.length >= limit) return found;
    }
  }
  return found;
}

/** Whether a block's rows stand in the order of their traces' hashes, as sealed ones do. */
const inOrder = new WeakMap<Segment, { readonly count: number; readonly value: boolean }>();

function isByTrace(segment: Segment): boolean {
  const { count } = segment.bounds;
  const known = inOrder.get(segment);
  if (known?.count === count) return known.value;
  const { traceHash } = segment.rows();
  let row = 1;
  while (row < count && (traceHash[row - 1] ?? 0) <= (traceHash[row] ?? 0)) row++;
  const value = row >= count;
  inOrder.set(segment, { count, value });
  return value;
}

/** The first row whose value is not below. */
function lowerBound(ascending: Uint32Array, value: number, count: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether operations of a block carry an attribute: blocks do not change, so it is found out once. */
const remembered = new WeakMap<object, { key: string; flags: Uint8Array }>();

function wantedOperations(segment: Segment, query: SpanDetailQuery, asked: ReadonlySet<string>): Uint8Array {
  const { operations } = segment.dictionary();
  if (wantsAll(query)) return new Uint8Array(operations.length).fill(1);
  const key = `${segment.bounds.count}\n${query.withKey.join('\n')}\n\n${query.withName.join('\n')}`;
  const known = remembered.get(segment);
  if (known?.key === key) return known.flags;
  const rows = segment.rows();
  const flags = Uint8Array.from(operations, ({ name }) => (query.withName.includes(name) ? 1 : 0));
  const tried = new Uint8Array(operations.length);
  const spanAt = spanReader(segment, asked);
  for (let row = 0; row < segment.bounds.count; row++) {
    const op = rows.op[row] ?? 0;
    if (flags[op] === 1 || (tried[op] ?? 0) >= TRIES) continue;
    tried[op] = (tried[op] ?? 0) + 1;
    if (hasKey(spanAt(row), query.withKey)) flags[op] = 1;
  }
  remembered.set(segment, { key, flags });
  return flags;
}

function isWanted(span: Span, query: SpanDetailQuery): boolean {
  if (!wantsAll(query) && !query.withName.includes(span.name) && !hasKey(span, query.withKey)) return false;
  return Object.entries(query.where ?? {}).every(([key, text]) => textOf(span, key) === text);
}

function wantsAll({ withKey, withName }: SpanDetailQuery): boolean {
  return withKey.length === 0 && withName.length === 0;
}

function hasKey({ attributes }: Span, keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(attributes, key));
}

function toDetail(span: Span, read: ReadonlySet<string>, measure: ReadonlySet<string>): SpanDetail {
  const values: Record<string, string> = {};
  const lengths: Record<string, number> = {};
  // The span's own attributes win over those of its resource.
  for (const attributes of [span.resource.attributes, span.attributes])
    for (const key in attributes) {
      const isRead = read.has(key);
      if (!isRead && !measure.has(key)) continue;
      const value = attributes[key];
      if (value === undefined) continue;
      const text = attributeToText(value);
      if (isRead) values[key] = text.length > MOST_TEXT ? text.slice(0, MOST_TEXT) : text;
      if (measure.has(key)) lengths[key] = text.length;
    }
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    service: serviceNameOf(span.resource),
    name: span.name,
    startMs: Number(span.startUnixNano / 1000n) / 1000,
    durationMs: Number(durationNano(span)) / 1e6,
    failed: span.status.code === 'error',
    values,
    lengths,
  };
}

function textOf(span: Span, key: string): string | undefined {
  for (const attributes of [span.attributes, span.resource.attributes]) {
    if (!Object.hasOwn(attributes, key)) continue;
    const value = attributes[key];
    if (value !== undefined) return attributeToText(value);
  }
  return undefined;
}
