import type { Span } from '../../domain/span';
import { compileSpanFilter, LimitExceededError, spanHas } from '../../storage';
import type { TraceSearch, TraceSummary } from '../../storage';
import { FLAG } from '../blocks/rows';
import type { Segment } from '../blocks/segment';
import { candidateRows, mayHaveKey, spanOf } from './match';
import { narrowed, requiredKeys } from './narrow';
import { rowsOfTrace, summarize, traceKeyOf } from './trace';
import type { Hit } from './trace';

/** Milliseconds since 1970 as a double are good to a quarter of a microsecond: so much a bound may be off. */
const START_ROUNDING = 0.0005;

/** Spans read at most for one question: about a second's work, in which nothing else is answered or written. */
const MAX_READ = 100_000;

/** What the columns cannot tell of a question: the span itself is read for it. */
type Verify = (span: Span) => boolean;

/**
 * Traces with a span that meets all conditions, the newest first.
 * @throws LimitExceededError when too many spans would have to be read.
 */
export function searchTraces(segments: readonly Segment[], asked: TraceSearch): TraceSummary[] {
  const query = narrowed(asked);
  const found = matchingTraces(segments, query, verifier(query));
  const summaries: TraceSummary[] = [];
  for (const key of found) {
    const trace = Buffer.from(key, 'latin1');
    const summary = summarize(trace, rowsOfTrace(segments, trace));
    if (summary) summaries.push(summary);
  }
  return summaries.sort((a, b) => (a.startUnixNano < b.startUnixNano ? 1 : -1));
}

/** Keys of the `limit` traces whose matching spans are the newest. */
function matchingTraces(segments: readonly Segment[], query: TraceSearch, verify: Verify | undefined): string[] {
  const newest = new Map<string, number>();
  const candidates = segments
    .filter((segment) => mayMatch(segment, query))
    .sort((a, b) => b.bounds.maxStart - a.bounds.maxStart);
  const keys = query.filter === undefined ? [] : requiredKeys(query.filter);
  let bar = -Infinity;
  for (const segment of candidates) {
    if (segment.bounds.maxStart < bar) break;
    if (!keys.every((key) => mayHaveKey(segment, key))) continue;
    for (const hit of newestMatches(segment, query, newest, verify)) {
      const key = traceKeyOf(hit);
      const start = segment.rows().start[hit.row] ?? 0;
      if (start > (newest.get(key) ?? -Infinity)) newest.set(key, start);
    }
    if (newest.size >= query.limit) bar = nthNewest(newest, query.limit);
  }
  return [...newest]
    .sort((a, b) => b[1] - a[1])
    .slice(0, query.limit)
    .map(([key]) => key);
}

/** What the segment's bounds allow. */
function mayMatch(segment: Segment, query: TraceSearch): boolean {
  const { kind, count, minStart, maxStart, maxDuration } = segment.bounds;
  if (kind !== 'span' || count === 0 || maxStart < query.start - START_ROUNDING) return false;
  if (minStart > query.end + START_ROUNDING) return false;
  if (query.minDuration !== undefined && maxDuration < Math.round(query.minDuration * 1e6)) return false;
  return query.service === undefined || segment.mayHaveOperation(query.service, query.operation ?? '');
}

/** Rows that match, of at most `limit` traces, the newest first. */
function* newestMatches(
  segment: Segment,
  query: TraceSearch,
  known: ReadonlyMap<string, number>,
  verify: Verify | undefined,
): Iterable<Hit> {
  const rows = matchingRows(segment, query);
  const { start } = segment.rows();
  if (rows.length > query.limit) rows.sort((a, b) => (start[b] ?? 0) - (start[a] ?? 0));
  const traces = new Set<string>();
  for (const row of rows) {
    const hit = { segment, row };
    const key = traceKeyOf(hit);
    if (traces.has(key)) continue;
    if (verify !== undefined && !known.has(key) && !verify(spanOf(hit))) continue;
    traces.add(key);
    yield hit;
    if (traces.size >= query.limit) return;
  }
}

function verifier({ attributes, filter }: TraceSearch): Verify | undefined {
  if (attributes === undefined && filter === undefined) return undefined;
  const meets = filter === undefined ? undefined : compileSpanFilter(filter);
  let read = 0;
  return (span) => {
    if (++read > MAX_READ)
      throw new LimitExceededError(
        `the question needs more than ${MAX_READ} spans to be read: name a service, an operation or an attribute's value, or a shorter time`,
      );
    return (attributes === undefined || spanHas(span, attributes)) && (meets === undefined || meets(span));
  };
}

function matchingRows(segment: Segment, query: TraceSearch): number[] {
  const { start, duration, flags, op } = segment.rows();
  const wantedOp = wantedOperations(segment, query);
  // Whole nanoseconds: 0.0045 ms times a million is not quite 4500.
  const min = Math.round((query.minDuration ?? 0) * 1e6);
  const max = query.maxDuration === undefined ? Infinity : Math.round(query.maxDuration * 1e6);
  const candidate = query.attributes === undefined ? undefined : candidateRows(segment, query.attributes);
  const first = query.start - START_ROUNDING;
  const last = query.end + START_ROUNDING;
  const rows: number[] = [];
  const { count } = segment.bounds;
  for (let row = 0; row < count; row++) {
    const took = duration[row] ?? 0;
    if (took < min || took > max) continue;
    const at = start[row] ?? 0;
    if (at < first || at > last) continue;
    if (wantedOp !== undefined && wantedOp[op[row] ?? 0] !== 1) continue;
    if (query.onlyErrors === true && ((flags[row] ?? 0) & FLAG.statusMask) !== 2) continue;
    if (candidate !== undefined && !candidate(row)) continue;
    rows.push(row);
  }
  return rows;
}

/** 1 at the index of every operation asked for; undefined when any will do. */
function wantedOperations(segment: Segment, { service, operation }: TraceSearch): Uint8Array | undefined {
  if (service === undefined && operation === undefined) return undefined;
  return Uint8Array.from(segment.dictionary().operations, (entry) =>
    (service === undefined || entry.service === service) && (operation === undefined || entry.name === operation)
      ? 1
      : 0,
  );
}

function nthNewest(newest: ReadonlyMap<string, number>, n: number): number {
  const starts = Float64Array.from(newest.values()).sort();
  return starts[starts.length - n] ?? -Infinity;
}
