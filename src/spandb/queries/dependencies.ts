import type { Dependency } from '../../storage';
import { FLAG, ID, ID_BYTES } from '../blocks/rows';
import type { Segment } from '../blocks/segment';
import { idOf, operationOf, rowsOfTrace, traceKeyOf } from './trace';

/** Parents in another block than their child are looked up one by one, at most so many. */
const MAX_LOOKUPS = 5000;

/** Calls from service to service among spans that started in [start, end]. */
export function dependenciesIn(segments: readonly Segment[], start: number, end: number): Dependency[] {
  const counts = new Map<string, { parent: string; child: string; callCount: number }>();
  const count = (parent: string, child: string): void => {
    const key = `${parent}\u0000${child}`;
    const entry = counts.get(key);
    if (entry) entry.callCount++;
    else counts.set(key, { parent, child, callCount: 1 });
  };
  let lookups = 0;
  for (const segment of segments) {
    const { bounds } = segment;
    if (bounds.kind !== 'span' || bounds.maxStart < start || bounds.minStart > end) continue;
    const spans = rowsBySpan(segment);
    const rows = segment.rows();
    for (let row = 0; row < bounds.count; row++) {
      const at = rows.start[row] ?? 0;
      if (at < start || at > end || ((rows.flags[row] ?? 0) & FLAG.root) !== 0) continue;
      const hit = { segment, row };
      const parent = spans.get(traceKeyOf(hit) + idOf(hit, ID.parent));
      let from = parent === undefined ? undefined : operationOf({ segment, row: parent }).service;
      if (from === undefined && lookups++ < MAX_LOOKUPS) {
        const trace = Buffer.from(segment.ids().subarray(row * ID_BYTES, row * ID_BYTES + 16));
        const elsewhere = rowsOfTrace(segments, trace).find((other) => idOf(other, ID.span) === idOf(hit, ID.parent));
        from = elsewhere === undefined ? undefined : operationOf(elsewhere).service;
      }
      const to = operationOf(hit).service;
      if (from !== undefined && from !== to) count(from, to);
    }
  }
  return [...counts.values()].sort((a, b) => (a.parent + a.child < b.parent + b.child ? -1 : 1));
}

function rowsBySpan(segment: Segment): Map<string, number> {
  const ids = segment.ids();
  const bySpan = new Map<string, number>();
  for (let row = 0; row < segment.bounds.count; row++) {
    const at = row * ID_BYTES;
    bySpan.set(ids.toString('latin1', at, at + ID.parent), row);
  }
  return bySpan;
}
