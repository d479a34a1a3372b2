import type { TraceSummary } from '../../storage';
import { hashRange } from '../blocks/hash';
import { FLAG, ID, ID_BYTES, spanKey } from '../blocks/rows';
import type { Segment } from '../blocks/segment';
import type { Writer } from './writer';

/** One record: a row of a segment. */
export interface Hit {
  readonly segment: Segment;
  readonly row: number;
}

/** 16 bytes of a trace id in hex; shorter ids are padded with zeros on the left. Undefined when it is no id. */
export function traceKey(traceId: string): Buffer | undefined {
  if (!/^[0-9a-fA-F]{1,32}$/.test(traceId)) return undefined;
  return Buffer.from(traceId.padStart(32, '0'), 'hex');
}

/** All rows of a trace, each span once (the last that arrived), in the order of their start. */
export function rowsOfTrace(segments: readonly Segment[], trace: Buffer): Hit[] {
  const hash = hashRange(trace, 0, 16);
  const bySpan = new Map<string, Hit>();
  for (const segment of segments) {
    if (!segment.mayHaveTrace(hash)) continue;
    for (const row of rowsWithHash(segment, hash)) {
      const ids = segment.ids();
      const at = row * ID_BYTES;
      if (ids.compare(trace, 0, 16, at, at + 16) !== 0) continue;
      bySpan.set(spanKey(ids, row, segment.rows().flags[row] ?? 0), { segment, row });
    }
  }
  return [...bySpan.values()].sort((a, b) => startOf(a) - startOf(b));
}

function* rowsWithHash(segment: Segment, hash: number): Iterable<number> {
  const { traceHash } = segment.rows();
  const { count } = segment.bounds;
  for (let row = traceHash.indexOf(hash); row >= 0 && row < count; row = traceHash.indexOf(hash, row + 1)) yield row;
}

function startOf({ segment, row }: Hit): number {
  return segment.rows().start[row] ?? 0;
}

/** The trace a row belongs to, as raw bytes in a string: a key for maps. */
export function traceKeyOf({ segment, row }: Hit): string {
  return segment.ids().toString('latin1', row * ID_BYTES, row * ID_BYTES + 16);
}

/** What a list says about a trace. */
export function summarize(trace: Buffer, hits: readonly Hit[]): TraceSummary | undefined {
  const first = hits[0];
  if (first === undefined) return undefined;
  const spans = new Set(hits.map((hit) => idOf(hit, ID.span)));
  const services = new Map<string, { name: string; spanCount: number; errorSpanCount: number }>();
  let root: Hit | undefined;
  let orphanSpanCount = 0;
  let errorSpanCount = 0;
  let startUnixNano = nanoOf(first, ID.start);
  let endUnixNano = startUnixNano;
  for (const hit of hits) {
    const flags = hit.segment.rows().flags[hit.row] ?? 0;
    const { service } = operationOf(hit);
    const entry = services.get(service) ?? { name: service, spanCount: 0, errorSpanCount: 0 };
    services.set(service, entry);
    entry.spanCount++;
    if ((flags & FLAG.statusMask) === 2) {
      errorSpanCount++;
      entry.errorSpanCount++;
    }
    if ((flags & FLAG.root) !== 0) root ??= hit;
    else if (!spans.has(idOf(hit, ID.parent))) orphanSpanCount++;
    const start = nanoOf(hit, ID.start);
    const end = nanoOf(hit, ID.end);
    if (start < startUnixNano) startUnixNano = start;
    if (end > endUnixNano) endUnixNano = end;
  }
  const { service: rootService, name: rootOperation } = operationOf(root ?? first);
  return {
    traceId: trace.toString('hex'),
    rootService,
    rootOperation,
    startUnixNano,
    endUnixNano,
    spanCount: hits.length,
    errorSpanCount,
    orphanSpanCount,
    services: [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Service and name of a row. */
export function operationOf({ segment, row }: Hit): { service: string; name: string } {
  return segment.dictionary().operations[segment.rows().op[row] ?? 0] ?? { service: '', name: '' };
}

/** An id of a row as raw bytes in a string. */
export function idOf({ segment, row }: Hit, offset: number): string {
  const at = row * ID_BYTES + offset;
  return segment.ids().toString('latin1', at, at + 8);
}

function nanoOf({ segment, row }: Hit, offset: number): bigint {
  return segment.ids().readBigUInt64LE(row * ID_BYTES + offset);
}

/** Rows as an OTLP export request, each record as it was received. */
export function writeHits(hits: readonly Hit[], writer: Writer): Uint8Array<ArrayBuffer> {
  const groups = new Map<Segment, Map<number, Hit[]>>();
  for (const hit of hits) {
    const scope = hit.segment.rows().scope[hit.row] ?? 0;
    let scopes = groups.get(hit.segment);
    if (!scopes) groups.set(hit.segment, (scopes = new Map()));
    const members = scopes.get(scope);
    if (members) members.push(hit);
    else scopes.set(scope, [hit]);
  }
  for (const [segment, scopes] of groups) {
    for (const [scope, members] of scopes) {
      const entry = segment.dictionary().scopes[scope];
      if (entry === undefined) continue;
      writer.group(
        entry,
        members.map(({ row }) => segment.record(row)),
      );
    }
  }
  return writer.finish();
}
