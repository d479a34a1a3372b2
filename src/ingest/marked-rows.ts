import { LOG_CELL, someKey, someKeyInValue, SPAN_CELL, WireReader } from '../otlp';
import type { LogColumns, OnKey, SpanColumns } from '../otlp';
import { KeyInterest } from './key-interest';
import { TextFinder } from './text-finder';
import type { MarkerText } from './text-finder';

/**
 * Finds, in a stretch of rows, those whose encoding, resource or scope has something that a stage looks for: sets 1 in
 * `rows` for each and gives how many are new.
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
  const envelopes = new WeakMap<SpanColumns | LogColumns, EnvelopeMarks>();
  return (columns, rows, from, to) => {
    let marks = envelopes.get(columns);
    if (marks === undefined) envelopes.set(columns, (marks = new EnvelopeMarks(columns, finder, keys)));
    let count = markByEnvelope(columns, rows, marks, from, to);
    if (finder !== undefined) count += markByText(columns, rows, finder, from, to);
    if (keys !== undefined) count += markByKey(columns, rows, keys, from, to);
    return count;
  };
}

/** Bytes to look through for a row: its own, and its resource's and scope's unless the row before shares them. */
export function bytesOfRow(columns: SpanColumns | LogColumns, row: number): number {
  const own = columns.cell(row, 1) - columns.cell(row, 0);
  const cell = scopeCellOf(columns);
  const scope = columns.cell(row, cell);
  if (row > 0 && columns.cell(row - 1, cell) === scope) return own;
  const { resources, scopes } = columns.parts;
  const [at, resource] = [scope * 5, (scopes[scope * 5 + 4] ?? 0) * 4];
  return own + lengthAt(scopes, at) + lengthAt(resources, resource);
}

function lengthAt(table: Int32Array, at: number): number {
  return (table[at + 1] ?? 0) - (table[at] ?? 0);
}

function scopeCellOf(columns: SpanColumns | LogColumns): number {
  return 'spans' in columns ? SPAN_CELL.scope : LOG_CELL.scope;
}

const UNKNOWN = 0;
const PLAIN = 1;
const MARKED = 2;

/** Whether scopes and their resources have a mark: each is looked at when the first of its rows is. */
class EnvelopeMarks {
  private readonly resources: Uint8Array;
  private readonly scopes: Uint8Array;
  private readonly reader: WireReader;

  constructor(
    private readonly columns: SpanColumns | LogColumns,
    private readonly finder: TextFinder | undefined,
    private readonly onKey: OnKey | undefined,
  ) {
    const { bytes, resources, scopes } = columns.parts;
    this.resources = new Uint8Array(resources.length / 4);
    this.scopes = new Uint8Array(scopes.length / 5);
    this.reader = new WireReader(bytes);
  }

  hasMark(scope: number): boolean {
    const { scopes, resources } = this.columns.parts;
    if (this.scopes[scope] === UNKNOWN) {
      const resource = scopes[scope * 5 + 4] ?? 0;
      if (this.resources[resource] === UNKNOWN)
        this.resources[resource] = this.look(resources, resource * 4, 0x0a) ? MARKED : PLAIN;
      const marked = this.resources[resource] === MARKED || this.look(scopes, scope * 5, 0x1a);
      this.scopes[scope] = marked ? MARKED : PLAIN;
    }
    return this.scopes[scope] === MARKED;
  }

  private look(table: Int32Array, at: number, attributesTag: number): boolean {
    const [start, end] = [table[at] ?? 0, table[at + 1] ?? 0];
    if (this.finder !== undefined && this.finder.find(this.columns.buffer, start, end) >= 0) return true;
    return this.onKey !== undefined && hasKey(this.reader, start, end, attributesTag, this.onKey);
  }
}

function markByEnvelope(
  columns: SpanColumns | LogColumns,
  rows: Uint8Array,
  marks: EnvelopeMarks,
  from: number,
  to: number,
): number {
  const cell = scopeCellOf(columns);
  let count = 0;
  for (let row = from; row < to; row++) {
    if (rows[row] === 1 || !marks.hasMark(columns.cell(row, cell))) continue;
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
