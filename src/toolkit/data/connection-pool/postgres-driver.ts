import { Client } from 'pg';
import { messageOf } from '../../../base/errors';
import { ResourceFailedError, StatementFailedError, StatementTimeoutError } from '../../errors';
import { fits, parseServers } from './postgres-servers';
import type { ClientConfig } from 'pg';
import type { Millis } from '../../../base/clock';
import type { Connection, ConnectionSettings, Driver, QueryResult, RunOptions } from './driver';
import type { PostgresServers, ServerState, Target } from './postgres-servers';

/** How to reach a PostgreSQL server, or several of which one is the primary. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; several hosts are separated by commas, as libpq has it. */
  readonly connectionString: string;
  /** What the server must be; default what `target_session_attrs` says, else `any` for one, `read-write` for several. */
  readonly target?: Target;
  /** For each server that is tried; default 5 s. */
  readonly connectTimeout?: Millis;
}

/** SQLSTATEs that speak of the connection or the moment, not of the statement. */
const TRANSIENT = /^(08|40001|40P01|53|55P03|57P0|58)/;
/** A write where there is no writing: the server was a primary, and is one no longer. */
const READ_ONLY = '25006';
/** What the server's own limit of a statement is given, before the connection counts as lost. */
const GRACE: Millis = 5_000;
/** A silent connection is probed after this, so that a server that vanished is noticed. */
const PROBE_AFTER: Millis = 10_000;

/**
 * PostgreSQL by the `pg` client. Of several servers the one that is wanted is looked for each time a connection is opened,
 * beginning with the one that was last: after a failover new connections go to the new primary.
 */
export class PostgresDriver implements Driver {
  readonly dialect = 'postgres';
  readonly address: string;
  private readonly servers: PostgresServers;
  private readonly target: Target;
  private last = 0;

  /** @throws ToolkitOptionsError */
  constructor(private readonly options: PostgresOptions) {
    this.servers = parseServers(options.connectionString);
    this.target = options.target ?? this.servers.target;
    this.address = this.servers.addresses.join(',');
  }

  /** @throws ResourceFailedError when no server is what is wanted; with one server, what it says */
  async connect(settings: ConnectionSettings): Promise<Connection> {
    const { urls } = this.servers;
    const order = urls.map((_, turn) => (this.last + turn) % urls.length);
    const reasons: string[] = [];
    const passes: Target[] = this.target === 'prefer-standby' ? ['prefer-standby', 'any'] : [this.target];
    for (const target of passes) {
      for (const index of order) {
        try {
          const connection = await this.open(index, target, settings);
          if (connection !== undefined) {
            this.last = index;
            return connection;
          }
          reasons.push(`${this.servers.addresses[index]} is not ${target}`);
        } catch (error) {
          if (urls.length === 1) throw error;
          reasons.push(`${this.servers.addresses[index]}: ${messageOf(error)}`);
        }
      }
    }
    throw new ResourceFailedError(`no server is ${this.target}: ${reasons.join('; ')}`);
  }

  /** A connection to one server; undefined when it is not what is wanted. */
  private async open(
    index: number,
    target: Target,
    { readOnly, statementTimeout, applicationName }: ConnectionSettings,
  ): Promise<Connection | undefined> {
    const config: ClientConfig = {
      connectionString: this.servers.urls[index],
      connectionTimeoutMillis: this.options.connectTimeout ?? 5_000,
      application_name: applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: PROBE_AFTER,
      options: `-c statement_timeout=${Math.ceil(statementTimeout)}${readOnly ? ' -c default_transaction_read_only=on' : ''}`,
      ...(statementTimeout > 0 ? { query_timeout: Math.ceil(statementTimeout) + GRACE } : {}),
    };
    const client = new Client(config);
    const connection = new PostgresConnection(client, config, readOnly, this.servers.addresses[index] ?? '');
    try {
      await client.connect();
      if (target === 'any' || fits(target, await stateOf(client, readOnly))) return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
    await connection.close();
    return undefined;
  }
}

/** A share that only reads has set its own default, which says nothing of the server. */
async function stateOf(client: Client, readOnly: boolean): Promise<ServerState> {
  const { rows } = await client.query<{ standby: boolean; mode: string }>(
    "SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') AS mode",
  );
  return { isStandby: rows[0]?.standby === true, isReadOnly: !readOnly && rows[0]?.mode === 'on' };
}

class PostgresConnection implements Connection {
  private alive = true;
  /** The server's process, by which a statement is cancelled. */
  private pid: number | undefined;

  constructor(
    private readonly client: Client,
    private readonly config: ClientConfig,
    private readonly readOnly: boolean,
    readonly server: string,
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
      throw this.judge(error);
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

  /** What the failure means, for the caller and for the connection. */
  private judge(error: unknown): Error {
    const coded = toCoded(error);
    if (!(coded instanceof StatementFailedError)) return coded;
    // The client gave up waiting: whatever comes on this connection now would be taken for another answer.
    if (coded.message === 'Query read timeout') this.alive = false;
    if (coded.sqlState !== READ_ONLY || this.readOnly) return coded;
    this.alive = false;
    return new StatementFailedError(`${this.server} takes no writes any more: ${coded.message}`, READ_ONLY, true, {
      cause: error,
    });
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
