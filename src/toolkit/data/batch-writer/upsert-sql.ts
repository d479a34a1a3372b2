import { toArrayLiteral } from './array-literal';
import { quoteName } from './quote-name';
import { columnsOf } from './row-batch';
import type { ColumnTypes } from './column-types';
import type { TableOptions, WriteRow } from './row-batch';

/** A statement for several rows of the same columns, in SQL that PostgreSQL and SQLite share. */
export function upsertSql(
  table: string,
  rows: readonly WriteRow[],
  options: TableOptions,
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
  return { sql: `${insert}${conflictClause(columns, options)}`, parameters };
}

/**
 * The same for PostgreSQL with one parameter per column, an array: the server parses a statement that is always the same, however
 * many rows there are. Undefined when a column's type is not known or a value cannot be in an array.
 */
export function unnestSql(
  table: string,
  rows: readonly WriteRow[],
  options: TableOptions,
  types: ColumnTypes,
): { readonly sql: string; readonly parameters: unknown[] } | undefined {
  const columns = columnsOf(rows[0] ?? {});
  if (columns.length === 0) return undefined;
  const parameters: string[] = [];
  const places: string[] = [];
  for (const column of columns) {
    const type = types.get(column);
    if (type === undefined) return undefined;
    const literal = toArrayLiteral(rows.map((row) => row[column]));
    if (literal === undefined) return undefined;
    places.push(`$${parameters.push(literal)}::${type}[]`);
  }
  const insert = `INSERT INTO ${quoteName(table)} (${columns.map(quoteName).join(',')})`;
  const sql = `${insert} SELECT * FROM unnest(${places.join(',')})${conflictClause(columns, options)}`;
  return { sql, parameters };
}

function conflictClause(columns: readonly string[], { key, onConflict = 'update' }: TableOptions): string {
  if (key === undefined) return '';
  const updates = onConflict === 'nothing' ? [] : columns.filter((column) => !key.includes(column));
  const sets = updates.map((column) => `${quoteName(column)} = excluded.${quoteName(column)}`);
  const action = sets.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${sets.join(', ')}`;
  return ` ON CONFLICT (${key.map(quoteName).join(',')}) ${action}`;
}
