import { LOG_CELL, someKey, someKeyInValue, SPAN_CELL, WireReader } from '../otlp';
import type { LogColumns, OnKey, SpanColumns } from '../otlp';
import { KeyInterest } from './key-interest';
import { TextFinder } from './text-finder';
import type { MarkerText } from './text-finder';

/**
 * Finds, in a stretch of rows, those whose encoding, resource or scope has something that a stage looks for: sets 1 in
 * `rows` for each and gives how many are new. The stretch that begins with row 0 looks at resources and scopes, and may
 * mark rows of others.
 */
export type MarkedRows = (columns: SpanColumns | LogColumns, rows: Uint8Array, from: number, to: number) => number;

/** What to look for. */
export interface Marks {
  /** Texts anywhere in the encoding. */
  readonly markers: readonly string[];
  /** The same with conditions. */
  readonly texts?: readonly MarkerText[];
  /** Attribute keys, nested ones too. */
  readonly wantsKey?: (key: string) => boolean;
}

/** Makes a finder. The bytes are scanned once for all texts, and walked once for keys. */
export function markedRowFinder({ markers, texts = [], wantsKey }: Marks): MarkedRows {
  const all = [...[...new Set(markers)].map((text) => ({ text })), ...texts];
  const finder = all.length === 0 ? undefined : new TextFinder(all);
  const keys = wantsKey === undefined ? undefined : new KeyInterest(wantsKey).test;
  return (columns, rows, from, to) => {
    let count = from === 0 ? markByEnvelope(columns, rows, finder, keys) : 0;
    if (finder !== undefined) count += markByText(columns, rows, finder, from, to);
    if (keys !== undefined) count += markByKey(columns, rows, keys, from, to);
    return count;
  };
}

/** Marks the rows whose resource or scope has a mark. One pass over the rows, however many scopes there are. */
function markByEnvelope(
  columns: SpanColumns | LogColumns,
  rows: Uint8Array,
  finder: TextFinder | undefined,
  onKey: OnKey | undefined,
): number {
  const { buffer } = columns;
  const { bytes, resources, scopes } = columns.parts;
  const reader = new WireReader(bytes);
  const isMarked = (table: Int32Array, at: number, attributesTag: number): boolean => {
    const [start, end] = [table[at] ?? 0, table[at + 1] ?? 0];
    if (finder !== undefined && finder.find(buffer, start, end) >= 0) return true;
    return onKey !== undefined && hasKey(reader, start, end, attributesTag, onKey);
  };
  const markedResources = new Uint8Array(resources.length / 4);
  for (let i = 0; i < markedResources.length; i++) if (isMarked(resources, i * 4, 0x0a)) markedResources[i] = 1;
  const markedScopes = new Uint8Array(scopes.length / 5);
  for (let i = 0; i < markedScopes.length; i++)
    if (markedResources[scopes[i * 5 + 4] ?? 0] === 1 || isMarked(scopes, i * 5, 0x1a)) markedScopes[i] = 1;
  if (!markedScopes.includes(1)) return 0;
  const scopeCell = 'spans' in columns ? SPAN_CELL.scope : LOG_CELL.scope;
  let count = 0;
  for (let row = 0; row < columns.length; row++) {
    if (rows[row] === 1 || markedScopes[columns.cell(row, scopeCell)] !== 1) continue;
    rows[row] = 1;
    count++;
  }
  return count;
}

function markByText(
  columns: SpanColumns | LogColumns,
  rows: Uint8Array,
  finder: TextFinder,
  from: number,
  to: number,
): number {
  const { buffer } = columns;
  let count = 0;
  for (let row = from; row < to; row++) {
    if (rows[row] === 1 || finder.find(buffer, columns.cell(row, 0), columns.cell(row, 1)) < 0) continue;
    rows[row] = 1;
    count++;
  }
  return count;
}

/** Fields of a record that hold attributes, and of its parts. */
const KEY_TAGS = {
  span: {
    attributes: 0x4a,
    body: -1,
    parts: new Map([
      [0x5a, 0x1a],
      [0x6a, 0x22],
    ]),
  },
  log: { attributes: 0x32, body: 0x2a, parts: new Map<number, number>() },
};

function markByKey(
  columns: SpanColumns | LogColumns,
  rows: Uint8Array,
  onKey: OnKey,
  from: number,
  to: number,
): number {
  const reader = new WireReader(columns.parts.bytes);
  let count = 0;
  const tags = 'spans' in columns ? KEY_TAGS.span : KEY_TAGS.log;
  for (let row = from; row < to; row++) {
    if (rows[row] === 1) continue;
    reader.pos = columns.cell(row, 0);
    reader.end = columns.cell(row, 1);
    let found = false;
    while (!found && reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === tags.attributes) found = someKey(reader, onKey);
      else if (tag === tags.body) found = someKeyInValue(reader, onKey);
      else {
        const inner = tags.parts.get(tag);
        if (inner === undefined) reader.skip(tag);
        else {
          const outer = reader.enter();
          const end = reader.end;
          found = hasKey(reader, reader.pos, end, inner, onKey);
          reader.pos = end;
          reader.leave(outer);
        }
      }
    }
    if (!found) continue;
    rows[row] = 1;
    count++;
  }
  return count;
}

/** Whether a message in the range has a KeyValue field of the tag with a wanted key. */
function hasKey(reader: WireReader, start: number, end: number, tag: number, onKey: OnKey): boolean {
  reader.pos = start;
  reader.end = end;
  while (reader.pos < end) {
    const next = reader.tag();
    if (next !== tag) reader.skip(next);
    else if (someKey(reader, onKey)) return true;
  }
  return false;
}
