import { quoteName } from './quote-name';
import type { SqlExecutor } from './sql-executor';

/** Types of a table's columns by name, each as it is written in a cast; without those that are arrays themselves. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** Full names, so that a length is never part of them: a cast to `character(1)` would cut in silence. */
const QUERY = `SELECT a.attname AS name, quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS type
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND t.typelem = 0`;

/** Reads the types of tables from PostgreSQL's catalogue, once for each until they are forgotten. */
export class ColumnTypeReader {
  private readonly known = new Map<string, ColumnTypes>();

  constructor(private readonly executor: SqlExecutor) {}

  /** Empty when they cannot be read. Never rejects. */
  async of(table: string): Promise<ColumnTypes> {
    const known = this.known.get(table);
    if (known !== undefined) return known;
    try {
      const types = toTypes(await this.executor.query(QUERY, [quoteName(table)], { route: 'write' }));
      if (types.size > 0) this.known.set(table, types);
      return types;
    } catch {
      return new Map();
    }
  }

  /** The table has changed. */
  forget(table: string): void {
    this.known.delete(table);
  }
}

function toTypes(result: unknown): ColumnTypes {
  const types = new Map<string, string>();
  if (typeof result !== 'object' || result === null || !('rows' in result) || !Array.isArray(result.rows)) return types;
  const rows: readonly unknown[] = result.rows;
  for (const row of rows) {
    if (typeof row !== 'object' || row === null || !('name' in row) || !('type' in row)) continue;
    if (typeof row.name === 'string' && typeof row.type === 'string') types.set(row.name, row.type);
  }
  return types;
}
