import { LOG_CELL } from './log-columns';
import type { LogColumns } from './log-columns';
import { SPAN_CELL } from './span-columns';
import type { SpanColumns } from './span-columns';
import { WireWriter } from './wire/writer';

/**
 * The rows that are not marked in `skip`, as a request of their own: every record as it was received, under its resource
 * and scope. Undefined when no row is left.
 */
export function selectRows(columns: SpanColumns | LogColumns, skip: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { bytes, resources, scopes } = columns.parts;
  const isWhole = columns.rejected.count === 0 && !skip.includes(1);
  if (isWhole) return columns.length === 0 ? undefined : bytes.slice();
  const scopeCell = 'spans' in columns ? SPAN_CELL.scope : LOG_CELL.scope;
  const writer = new WireWriter(Math.max(1024, bytes.byteLength));
  const part = (table: Int32Array, at: number): Uint8Array => bytes.subarray(table[at] ?? 0, table[at + 1] ?? 0);
  const writeUrl = (table: Int32Array, at: number): void => {
    const url = part(table, at + 2);
    if (url.byteLength > 0) writer.bytes(3, url);
  };
  for (let row = 0; row < columns.length;) {
    if (skip[row] === 1) {
      row++;
      continue;
    }
    const scope = columns.cell(row, scopeCell);
    const resourceAt = (scopes[scope * 5 + 4] ?? 0) * 4;
    const outer = writer.begin(1);
    writer.bytes(1, part(resources, resourceAt));
    const inner = writer.begin(2);
    writer.bytes(1, part(scopes, scope * 5));
    for (; row < columns.length && columns.cell(row, scopeCell) === scope; row++)
      if (skip[row] !== 1) writer.bytes(2, bytes.subarray(columns.cell(row, 0), columns.cell(row, 1)));
    writeUrl(scopes, scope * 5);
    writer.end(inner);
    writeUrl(resources, resourceAt);
    writer.end(outer);
  }
  return writer.size === 0 ? undefined : writer.finish();
}
