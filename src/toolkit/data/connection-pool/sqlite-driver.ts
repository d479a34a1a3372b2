import { DatabaseSync } from '@photostructure/sqlite';
import type { Connection, ConnectionSettings, Driver, QueryResult } from './driver';

type Database = InstanceType<typeof DatabaseSync>;
type Statement = ReturnType<Database['prepare']>;

/** Prepared statements kept per connection. */
const STATEMENTS = 200;

/** An embedded database in one file; every connection is a handle of its own on it. */
export class SqliteDriver implements Driver {
  readonly dialect = 'sqlite';
  readonly address: string;

  /** @param file a path; in-memory databases are not shared between connections and so are refused by `:memory:`'s nature. */
  constructor(private readonly file: string) {
    this.address = file;
  }

  connect(settings: ConnectionSettings): Promise<Connection> {
    const database = new DatabaseSync(this.file);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA busy_timeout = ${settings.statementTimeout > 0 ? Math.ceil(settings.statementTimeout) : 5000};
      PRAGMA foreign_keys = ON;
      PRAGMA query_only = ${settings.readOnly ? 'ON' : 'OFF'};
    `);
    return Promise.resolve(new SqliteConnection(database));
  }
}

class SqliteConnection implements Connection {
  private readonly statements = new Map<string, Statement>();
  private open = true;

  constructor(private readonly database: Database) {}

  run(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    return new Promise((resolve) => resolve(this.runNow(sql, parameters)));
  }

  isAlive(): boolean {
    return this.open;
  }

  close(): Promise<void> {
    if (this.open) this.database.close();
    this.open = false;
    return Promise.resolve();
  }

  private runNow(sql: string, parameters: readonly unknown[]): QueryResult {
    const statement = this.prepared(sql);
    const values = parameters.map(toSqlValue);
    if (statement.columns().length === 0) {
      const { changes } = statement.run(...values);
      return { rows: [], rowCount: Number(changes) };
    }
    const rows = statement.all(...values).filter(isRow);
    return { rows, rowCount: rows.length };
  }

  private prepared(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    if (this.statements.size >= STATEMENTS) this.statements.clear();
    const statement = this.database.prepare(toSqlitePlaceholders(sql));
    this.statements.set(sql, statement);
    return statement;
  }
}

/** `$1` is a named parameter to SQLite; `?1` is what it calls the first one. Quoted text stays as it is. */
export function toSqlitePlaceholders(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\$(\d+)/g, (whole, number?: string) =>
    number === undefined ? whole : `?${number}`,
  );
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function toSqlValue(value: unknown): string | number | bigint | null | Uint8Array {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}
