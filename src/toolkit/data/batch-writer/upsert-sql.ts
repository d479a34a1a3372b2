import { ToolkitOptionsError } from '../../errors';
import { columnsOf } from './row-batch';
import type { TableOptions, WriteRow } from './row-batch';

/** A statement for several rows of the same columns, in SQL that PostgreSQL and SQLite share. */
export function upsertSql(
  table: string,
  rows: readonly WriteRow[],
  { key, onConflict = 'update' }: TableOptions,
): { readonly sql: string; readonly parameters: unknown[] } {
  const columns = columnsOf(rows[0] ?? {});
  const parameters: unknown[] = [];
  const target = quoteName(table);
  if (columns.length === 0) return { sql: `INSERT INTO ${target} DEFAULT VALUES`, parameters };
  const tuples = rows.map((row) => {
    const places = columns.map((column) => `$${parameters.push(row[column])}`);
    return `(${places.join(',')})`;
  });
  const insert = `INSERT INTO ${target} (${columns.map(quoteName).join(',')}) VALUES ${tuples.join(',')}`;
  if (key === undefined) return { sql: insert, parameters };
  const updates = onConflict === 'nothing' ? [] : columns.filter((column) => !key.includes(column));
  const sets = updates.map((column) => `${quoteName(column)} = excluded.${quoteName(column)}`);
  const action = sets.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${sets.join(', ')}`;
  return { sql: `${insert} ON CONFLICT (${key.map(quoteName).join(',')}) ${action}`, parameters };
}

/** `schema.table` or a name, quoted. @throws ToolkitOptionsError for an empty or impossible one */
export function quoteName(name: string): string {
  const parts = name.split('.');
  if (parts.some((part) => part === '' || part.includes('\0'))) throw new ToolkitOptionsError(`"${name}" is no name`);
  return parts.map((part) => `"${part.replace(/"/g, '""')}"`).join('.');
}
