import type { AttributeValue, Attributes } from '../../domain/attributes';
import { attributeToText } from '../../domain/attributes';
import type { Segment } from '../blocks/segment';
import { mayHaveKey, spanOf } from './match';

/** Spans read at most for one list of values, the newest first, of blocks that have the key. */
const MAX_SPANS = 20_000;

/** Different values of an attribute of spans (or their resources) in the window, the newest first found. */
export function valuesOf(
  segments: readonly Segment[],
  key: string,
  start: number,
  end: number,
  limit: number,
): AttributeValue[] {
  const values = new Map<string, AttributeValue>();
  let budget = MAX_SPANS;
  const candidates = segments
    .filter(({ bounds }) => bounds.kind === 'span' && bounds.maxStart >= start && bounds.minStart <= end)
    .sort((a, b) => b.bounds.maxStart - a.bounds.maxStart);
  for (const segment of candidates) {
    if (!mayHaveKey(segment, key)) continue;
    const rows = segment.rows();
    for (let row = segment.bounds.count - 1; row >= 0; row--) {
      const at = rows.start[row] ?? 0;
      if (at < start || at > end) continue;
      if (values.size >= limit || budget-- <= 0) return [...values.values()];
      const span = spanOf({ segment, row });
      for (const place of [span.attributes, span.resource.attributes]) add(values, place, key);
    }
  }
  return [...values.values()];
}

function add(values: Map<string, AttributeValue>, place: Attributes, key: string): void {
  const value = Object.hasOwn(place, key) ? place[key] : undefined;
  if (value !== undefined) values.set(attributeToText(value), value);
}
