import { Client } from 'pg';
import { StatementTimeoutError, StatementFailedError } from '../../errors';
import type { ClientConfig } from 'pg';
import type { Connection, ConnectionSettings, Driver, QueryResult, RunOptions } from './driver';

/** How to reach a PostgreSQL server. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly connectionString: string;
  /** Default 5 s. */
  readonly connectTimeout?: number;
}

/** SQLSTATEs that speak of the connection or the moment, not of the statement. */
const TRANSIENT = /^(08|40001|40P01|53|55P03|57P0|58)/;

/** A PostgreSQL server, by the `pg` client. */
export class PostgresDriver implements Driver {
  readonly dialect = 'postgres';
  readonly address: string;

  constructor(private readonly options: PostgresOptions) {
    const { hostname, port, pathname } = new URL(options.connectionString);
    this.address = `${hostname}:${port === '' ? '5432' : port}${pathname}`;
  }

  async connect({ readOnly, statementTimeout, applicationName }: ConnectionSettings): Promise<Connection> {
    const config: ClientConfig = {
      connectionString: this.options.connectionString,
      connectionTimeoutMillis: this.options.connectTimeout ?? 5_000,
      application_name: applicationName,
      keepAlive: true,
      options: `-c statement_timeout=${Math.ceil(statementTimeout)} -c default_transaction_read_only=${readOnly ? 'on' : 'off'}`,
    };
    const client = new Client(config);
    const connection = new PostgresConnection(client, config);
    await client.connect();
    return connection;
  }
}

class PostgresConnection implements Connection {
  private alive = true;
  /** The server's process, by which a statement is cancelled. */
  private pid: number | undefined;

  constructor(
    private readonly client: Client,
    private readonly config: ClientConfig,
  ) {
    const die = (): void => void (this.alive = false);
    client.on('error', die);
    client.on('end', die);
  }

  async run(sql: string, parameters: readonly unknown[], { signal }: RunOptions = {}): Promise<QueryResult> {
    signal?.throwIfAborted();
    const onAbort = (): void => void this.cancel();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal !== undefined && this.pid === undefined) this.pid = await this.readPid();
      const { rows, rowCount } = await this.client.query<Record<string, unknown>>(sql, [...parameters]);
      return { rows, rowCount: rowCount ?? 0 };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw toCoded(error);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  isAlive(): boolean {
    return this.alive;
  }

  async close(): Promise<void> {
    this.alive = false;
    await this.client.end().catch(() => undefined);
  }

  private async readPid(): Promise<number | undefined> {
    const { rows } = await this.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid;
  }

  /** A second connection tells the server to stop the statement; the connection stays good. */
  private async cancel(): Promise<void> {
    if (this.pid === undefined) return;
    const other = new Client(this.config);
    other.on('error', () => undefined);
    try {
      await other.connect();
      await other.query('SELECT pg_cancel_backend($1)', [this.pid]);
    } catch {
      // The statement then ends by its own timeout.
    } finally {
      await other.end().catch(() => undefined);
    }
  }
}

function toCoded(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const state = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (state === '57014') return new StatementTimeoutError(`the statement was ended: ${message}`, { cause: error });
  const isState = /^[0-9A-Z]{5}$/.test(state);
  const transient = isState ? TRANSIENT.test(state) : true;
  return new StatementFailedError(message, isState ? state : undefined, transient, { cause: error });
}
