import { LOG_CELL, someKey, someKeyInValue, SPAN_CELL, WireReader } from '../otlp';
import type { LogColumns, OnKey, SpanColumns } from '../otlp';
import { KeyInterest } from './key-interest';
import { TextFinder } from './text-finder';
import type { MarkerText } from './text-finder';

/** Finds the rows whose encoding, resource or scope has something that a stage looks for. */
export type MarkedRows = (columns: SpanColumns | LogColumns, rows: Uint8Array) => number;

/** What to look for. */
export interface Marks {
  /** Texts anywhere in the encoding. */
  readonly markers: readonly string[];
  /** The same with conditions. */
  readonly texts?: readonly MarkerText[];
  /** Attribute keys, nested ones too. */
  readonly wantsKey?: (key: string) => boolean;
}

/**
 * Makes a finder. It sets 1 in `rows` for every row that has a mark and gives their number. The bytes are scanned once
 * for all texts, and walked once for keys.
 */
export function markedRowFinder({ markers, texts = [], wantsKey }: Marks): MarkedRows {
  const all = [...[...new Set(markers)].map((text) => ({ text })), ...texts];
  const finder = all.length === 0 ? undefined : new TextFinder(all);
  const keys = wantsKey === undefined ? undefined : new KeyInterest(wantsKey).test;
  return (columns, rows) => {
    let count = finder === undefined ? 0 : markByText(columns, rows, finder);
    if (keys !== undefined && count < columns.length) count += markByKey(columns, rows, keys);
    return count;
  };
}

function markByText(columns: SpanColumns | LogColumns, rows: Uint8Array, finder: TextFinder): number {
  const { buffer } = columns;
  const { resources, scopes } = columns.parts;
  let count = 0;
  for (const [table, width] of [
    [resources, 4],
    [scopes, 5],
  ] as const) {
    for (let i = 0; i < table.length; i += width) {
      const start = table[i] ?? 0;
      if (finder.find(buffer, start, table[i + 1] ?? 0) >= 0) count += markScope(columns, rows, start);
    }
  }
  for (let row = 0; row < columns.length; row++) {
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

function markByKey(columns: SpanColumns | LogColumns, rows: Uint8Array, onKey: OnKey): number {
  const { bytes, resources, scopes } = columns.parts;
  const reader = new WireReader(bytes);
  let count = 0;
  for (let i = 0; i < resources.length; i += 4) {
    if (hasKey(reader, resources[i] ?? 0, resources[i + 1] ?? 0, 0x0a, onKey))
      count += markScope(columns, rows, resources[i] ?? 0);
  }
  for (let i = 0; i < scopes.length; i += 5) {
    if (hasKey(reader, scopes[i] ?? 0, scopes[i + 1] ?? 0, 0x1a, onKey))
      count += markScope(columns, rows, scopes[i] ?? 0);
  }
  const tags = 'spans' in columns ? KEY_TAGS.span : KEY_TAGS.log;
  for (let row = 0; row < columns.length; row++) {
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

/** Marks the rows whose scope or resource holds the offset; gives how many were new. */
function markScope(columns: SpanColumns | LogColumns, rows: Uint8Array, at: number): number {
  const { resources, scopes } = columns.parts;
  const scopeCell = 'spans' in columns ? SPAN_CELL.scope : LOG_CELL.scope;
  let count = 0;
  for (let row = 0; row < columns.length; row++) {
    const scope = columns.cell(row, scopeCell) * 5;
    const resource = (scopes[scope + 4] ?? 0) * 4;
    if (!holds(scopes, scope, at) && !holds(resources, resource, at)) continue;
    if (rows[row] === 0) count++;
    rows[row] = 1;
  }
  return count;
}

function holds(table: Int32Array, row: number, at: number): boolean {
  return (table[row] ?? 0) <= at && at < (table[row + 1] ?? 0);
}
