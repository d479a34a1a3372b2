import { logHas, logSays } from '../../storage';
import type { LogSearch } from '../../storage';
import { hashRange } from '../blocks/hash';
import { ID, ID_BYTES } from '../blocks/rows';
import type { Segment } from '../blocks/segment';
import { candidateRows, logOf } from './match';
import { traceKey } from './trace';
import type { Hit } from './trace';

/** Log records that meet all conditions, the newest first. */
export function searchLogs(segments: readonly Segment[], query: LogSearch): Hit[] {
  const trace = query.traceId === undefined ? undefined : traceKey(query.traceId);
  if (query.traceId !== undefined && trace === undefined) return [];
  const traceHash = trace === undefined ? undefined : hashRange(trace, 0, 16);
  const candidates = segments
    .filter(({ bounds }) => bounds.kind === 'log' && bounds.maxStart >= query.start && bounds.minStart <= query.end)
    .filter((segment) => traceHash === undefined || segment.mayHaveTrace(traceHash))
    .filter((segment) => query.service === undefined || segment.mayHaveOperation(query.service, query.eventName ?? ''))
    .sort((a, b) => b.bounds.maxStart - a.bounds.maxStart);
  const hits: Hit[] = [];
  const resent = new ResentRecords();
  let bar = -Infinity;
  for (const segment of candidates) {
    if (segment.bounds.maxStart < bar) break;
    let taken = 0;
    for (const row of matchingRows(segment, query, trace)) {
      const hit = { segment, row };
      if (!contentMatches(hit, query) || resent.has(hit)) continue;
      hits.push(hit);
      if (++taken >= query.limit) break;
    }
    if (hits.length >= query.limit) {
      hits.sort((a, b) => startOf(b) - startOf(a));
      bar = startOf(hits[query.limit - 1]);
    }
  }
  return hits.sort((a, b) => startOf(b) - startOf(a)).slice(0, query.limit);
}

function startOf(hit: Hit | undefined): number {
  return hit === undefined ? -Infinity : (hit.segment.rows().start[hit.row] ?? 0);
}

function matchingRows(segment: Segment, query: LogSearch, trace: Buffer | undefined): number[] {
  const { start, duration: severity, op } = segment.rows();
  const ids = segment.ids();
  const span = query.spanId === undefined ? undefined : Buffer.from(query.spanId.padStart(16, '0'), 'hex');
  const wantedOp =
    query.service === undefined && query.eventName === undefined
      ? undefined
      : Uint8Array.from(segment.dictionary().operations, ({ service, name }) =>
          (query.service ?? service) === service && (query.eventName ?? name) === name ? 1 : 0,
        );
  const candidate = query.attributes === undefined ? undefined : candidateRows(segment, query.attributes);
  const rows: number[] = [];
  const { count } = segment.bounds;
  for (let row = 0; row < count; row++) {
    const at = start[row] ?? 0;
    if (at < query.start || at > query.end) continue;
    if (query.minSeverityNumber !== undefined && (severity[row] ?? 0) < query.minSeverityNumber) continue;
    if (wantedOp !== undefined && wantedOp[op[row] ?? 0] !== 1) continue;
    const id = row * ID_BYTES;
    if (trace !== undefined && ids.compare(trace, 0, 16, id, id + 16) !== 0) continue;
    if (span !== undefined && ids.compare(span, 0, 8, id + ID.span, id + ID.span + 8) !== 0) continue;
    if (candidate !== undefined && !candidate(row)) continue;
    rows.push(row);
  }
  return rows.sort((a, b) => (start[b] ?? 0) - (start[a] ?? 0) || b - a);
}

function contentMatches(hit: Hit, query: LogSearch): boolean {
  const { attributes, text } = query;
  if (attributes === undefined && text === undefined) return true;
  const record = logOf(hit);
  if (attributes !== undefined && !logHas(record, attributes)) return false;
  return text === undefined || logSays(record, query);
}

/**
 * Records that a client sent again, because no answer reached it, came with two requests. Of equal records so many are
 * kept as the request (or the block, which holds each as often as one request had it) with the most has.
 */
class ResentRecords {
  private readonly perSource = new Map<Segment, Map<string, number>>();
  private readonly kept = new Map<string, number>();

  has(hit: Hit): boolean {
    const { segment, row } = hit;
    const { buffer, start, end } = segment.record(row);
    const key = buffer.toString('latin1', start, end);
    let counts = this.perSource.get(segment);
    if (!counts) this.perSource.set(segment, (counts = new Map()));
    const sourceKey = `${segment.sourceOf(row)}:${key}`;
    const nth = (counts.get(sourceKey) ?? 0) + 1;
    counts.set(sourceKey, nth);
    if (nth <= (this.kept.get(key) ?? 0)) return true;
    this.kept.set(key, nth);
    return false;
  }
}
