import { LOG_CELL, SPAN_CELL } from '../otlp';
import type { LogColumns, SpanColumns } from '../otlp';

/** Finds the rows whose encoding, resource or scope contains one of some texts. */
export type MarkedRows = (columns: SpanColumns | LogColumns, rows: Uint8Array) => number;

/**
 * Makes a finder for the texts. It sets 1 in `rows` for every row that has one and gives their number. The bytes are
 * scanned once, whatever the number of texts.
 */
export function markedRowFinder(markers: readonly string[]): MarkedRows {
  if (markers.length === 0) return () => 0;
  const pattern = new RegExp(alternation([...new Set(markers)]), 'g');
  return (columns, rows) => {
    const { bytes, resources, scopes } = columns.parts;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    let count = 0;
    let row = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const at = match.index;
      while (row < columns.length && columns.cell(row, 1) <= at) row++;
      if (row < columns.length && columns.cell(row, 0) <= at) {
        if (rows[row] === 0) count++;
        rows[row] = 1;
        pattern.lastIndex = columns.cell(row, 1);
      } else {
        const before = count;
        count += markScope(columns, rows, at, resources, scopes);
        // Nothing more of this resource or scope needs to be looked at.
        if (count > before) pattern.lastIndex = endOfEnvelope(at, resources, scopes);
      }
    }
    return count;
  };
}

/** Marks the rows whose scope or resource holds the offset; gives how many were new. */
function markScope(
  columns: SpanColumns | LogColumns,
  rows: Uint8Array,
  at: number,
  resources: Int32Array,
  scopes: Int32Array,
): number {
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

function endOfEnvelope(at: number, resources: Int32Array, scopes: Int32Array): number {
  for (let i = 0; i < resources.length; i += 4) if (holds(resources, i, at)) return resources[i + 1] ?? at + 1;
  for (let i = 0; i < scopes.length; i += 5) if (holds(scopes, i, at)) return scopes[i + 1] ?? at + 1;
  return at + 1;
}

function holds(table: Int32Array, row: number, at: number): boolean {
  return (table[row] ?? 0) <= at && at < (table[row + 1] ?? 0);
}

/** A pattern of the texts, those that begin alike sharing their beginning. Texts are matched as UTF-8 bytes. */
function alternation(texts: readonly string[]): string {
  const bytes = texts.map((text) => Buffer.from(text, 'utf8').toString('latin1')).sort();
  const groups = new Map<string, string[]>();
  for (const text of bytes) {
    const head = text.slice(0, 1);
    const group = groups.get(head);
    if (group) group.push(text.slice(1));
    else groups.set(head, [text.slice(1)]);
  }
  if (groups.has('')) return '';
  const parts = [...groups].map(([head, tails]) => {
    const rest = tails.length === 1 ? escape(tails[0] ?? '') : `(?:${alternation(tails)})`;
    return escape(head) + (rest === '(?:)' ? '' : rest);
  });
  return parts.length === 1 ? (parts[0] ?? '') : parts.join('|');
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
