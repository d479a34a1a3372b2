import { SpanKind } from '@opentelemetry/api';
import { systemClock } from '../../../base/clock';
import { ObjectPool } from '../../resources/object-pool/object-pool';
import { SECONDS_BUCKETS, recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { ResourceFailedError } from '../../errors';
import { commentOf } from './sql-comment';
import { ROLES, SqlRouter } from './sql-router';
import { PeriodicDemand } from '../../shared/demand-forecast';
import { PoolWarmer } from './pool-warmer';
import { ReadYourWrites } from './read-your-writes';
import { ReplicaSet } from './replica-set';
import type { SpanContext } from '@opentelemetry/api';
import type { Clock, Millis } from '../../../base/clock';
import type { Counter, Histogram, Telemetry } from '../../../base/telemetry';
import type { PoolStats } from '../../shared/pool-telemetry';
import type { Connection, Driver, QueryResult } from './driver';
import type { WarmUpOptions } from './pool-warmer';
import type { Role, Routed } from './sql-router';

/** How much of the connections each kind of work may use. */
export interface RoleSettings {
  /** Connections at most; default read 8, write 4, analytics 2. */
  readonly max?: number;
  /** How long a caller waits for a connection; default read and write 5 s, analytics 30 s. */
  readonly acquireTimeout?: Millis;
  /** The server ends longer statements; default read 10 s, write 10 s, analytics 120 s. */
  readonly statementTimeout?: Millis;
}

/** What a pool of connections is made of. */
export interface ConnectionPoolOptions {
  /** Names the pool in metrics (`<name>-read`, `-write`, `-analytics`). */
  readonly name: string;
  readonly primary: Driver;
  /** Read from when they are not too far behind; the primary serves when none is fit. */
  readonly replicas?: readonly Driver[];
  readonly read?: RoleSettings;
  readonly write?: RoleSettings;
  readonly analytics?: RoleSettings;
  /** A replica further behind is not read from; default 1 s. */
  readonly maxReplicaLag?: Millis;
  /** After a session wrote, its reads go to the primary for this long; default 5 s. */
  readonly readYourWritesFor?: Millis;
  /** Opens connections ahead of bursts that come regularly; only while that is measured to pay. Off without it. */
  readonly warmUp?: WarmUpOptions;
  /** Value of the `application` comment and of the connection's name. */
  readonly applicationName?: string;
  readonly clock?: Clock;
  readonly telemetry?: Telemetry;
}

/** How one statement is routed and run. */
export interface QueryOptions {
  /** Overrides what the statement itself says. */
  readonly route?: Role;
  /** Reads of a session that has just written go to the primary. */
  readonly session?: string;
  readonly signal?: AbortSignal;
}

/** Runs statements inside a transaction. */
export interface Transaction {
  query(sql: string, parameters?: readonly unknown[]): Promise<QueryResult>;
}

const DEFAULTS = {
  read: { max: 8, acquireTimeout: 5_000, statementTimeout: 10_000 },
  write: { max: 4, acquireTimeout: 5_000, statementTimeout: 10_000 },
  analytics: { max: 2, acquireTimeout: 30_000, statementTimeout: 120_000 },
} as const;

/**
 * Connections to a database in three shares, so that reports cannot starve the turn that a person waits for. A real
 * parse of the statement decides where it runs; what cannot be parsed runs as a write on the primary.
 */
export class ConnectionPool implements AsyncDisposable {
  private readonly pools: Readonly<Record<Role, ObjectPool<Connection>>>;
  private readonly replicas: ReplicaSet;
  private readonly router = new SqlRouter();
  private readonly recentWrites: ReadYourWrites;
  private readonly clock: Clock;
  private readonly durations: Readonly<Record<Role, Histogram>>;
  private readonly failovers: Counter;
  private readonly warmers = new Map<ObjectPool<Connection>, PoolWarmer>();
  /** Of several, the one that writes went to last. */
  private primaryServer: string | undefined;

  constructor(private readonly options: ConnectionPoolOptions) {
    this.clock = options.clock ?? systemClock;
    const telemetry = options.telemetry ?? toolkitTelemetry;
    this.recentWrites = new ReadYourWrites(options.readYourWritesFor ?? 5_000);
    // A connection of SQLite's is single and synchronous; a read-only share of the same file still isolates callers.
    const pool = (role: Role): ObjectPool<Connection> => this.poolOf(`${options.name}-${role}`, role, options.primary);
    this.pools = { read: pool('read'), write: pool('write'), analytics: pool('analytics') };
    this.replicas = new ReplicaSet(
      (options.replicas ?? []).map((driver, index) => ({
        address: driver.address,
        pool: this.poolOf(`${options.name}-replica-${index}`, 'read', driver),
        dialect: driver.dialect,
      })),
      options.maxReplicaLag ?? 1_000,
      this.clock,
    );
    const duration = (role: Role): Histogram =>
      telemetry.histogram('telltale_db_query_seconds', 'Time of statements, waiting included', SECONDS_BUCKETS, {
        pool: options.name,
        role,
      });
    if (options.warmUp !== undefined) this.watchDemand(options.warmUp, telemetry);
    this.failovers = telemetry.counter('telltale_db_failovers_total', 'Times that writes went to another server', {
      pool: options.name,
    });
    this.durations = { read: duration('read'), write: duration('write'), analytics: duration('analytics') };
  }

  /** The dialect that statements are written in. */
  get dialect(): Driver['dialect'] {
    return this.options.primary.dialect;
  }

  /** Figures of each share. */
  get stats(): Readonly<Record<Role, PoolStats>> {
    const { read, write, analytics } = this.pools;
    return { read: read.stats, write: write.stats, analytics: analytics.stats };
  }

  /** Lends a bare connection of a share; for work that needs one connection for long. */
  get shares(): Readonly<Record<Role, ObjectPool<Connection>>> {
    return this.pools;
  }

  /** Runs one statement where it belongs. @throws PoolTimeoutError and what the database says */
  async query(
    sql: string,
    parameters: readonly unknown[] = [],
    { route, session, signal }: QueryOptions = {},
  ): Promise<QueryResult> {
    const routed =
      route === undefined ? (this.router.known(sql) ?? (await this.router.route(sql))) : overridden(sql, route);
    const role = route ?? routed.role;
    const began = this.clock.elapsed();
    const attributes = {
      'db.system.name': this.dialect === 'sqlite' ? 'sqlite' : 'postgresql',
      'db.operation.name': routed.operation,
      'db.query.summary': `${routed.operation} ${routed.tables.join(' ')}`.trim(),
      'telltale.db.role': role,
    };
    return withToolkitSpan(attributes['db.query.summary'], { attributes, kind: SpanKind.CLIENT }, async (span) => {
      try {
        const text = `${sql}${this.commentOf(span.spanContext(), routed.commented)}`;
        const run = (pool: ObjectPool<Connection>): Promise<QueryResult> => {
          this.warmers.get(pool)?.onAcquire();
          return runOn(pool, text, parameters, signal);
        };
        const result = await this.runWhereItBelongs(role, route !== undefined, session, run);
        if (role === 'write' && session !== undefined) this.recentWrites.wrote(session, this.clock.elapsed());
        return result;
      } finally {
        this.durations[role].observe((this.clock.elapsed() - began) / 1000);
      }
    });
  }

  /** Runs `work` in one transaction on the write share; a throw rolls back. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>, options: QueryOptions = {}): Promise<T> {
    const { session, signal } = options;
    return withToolkitSpan('TRANSACTION', { kind: SpanKind.CLIENT }, async (span) => {
      this.warmers.get(this.pools.write)?.onAcquire();
      const lease = await this.pools.write.acquire(signal === undefined ? {} : { signal });
      const comment = this.commentOf(span.spanContext(), false);
      const run = (sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> =>
        lease.value.run(`${sql}${comment}`, parameters, { signal });
      try {
        await run(this.dialect === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN');
        const result = await work({ query: run });
        await run('COMMIT');
        if (session !== undefined) this.recentWrites.wrote(session, this.clock.elapsed());
        await lease.release();
        return result;
      } catch (error) {
        await lease.value.run('ROLLBACK', []).then(
          () => lease.release(),
          () => lease.destroy(),
        );
        throw error;
      }
    });
  }

  /** Waits for running statements, then closes all connections. */
  async close(): Promise<void> {
    const { read, write, analytics } = this.pools;
    for (const warmer of this.warmers.values()) warmer.stop();
    await Promise.all([read.close(), write.close(), analytics.close(), this.replicas.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Where nothing could be run because no connection could be made, a read goes elsewhere: from a replica to the primary, and from
   * a primary that is away to the replica that is least behind, but not a session's that has just written.
   */
  private async runWhereItBelongs(
    role: Role,
    isOverride: boolean,
    session: string | undefined,
    run: (pool: ObjectPool<Connection>) => Promise<QueryResult>,
  ): Promise<QueryResult> {
    const decide = (why: string): void =>
      recordDecision('db.route', { 'telltale.db.role': role, 'telltale.db.why': isOverride ? 'override' : why });
    const primary = this.pools[role];
    const wroteLately = session !== undefined && this.recentWrites.isRecent(session, this.clock.elapsed());
    if (role === 'write' || wroteLately || this.replicas.size === 0) {
      decide(role === 'write' ? 'writes' : wroteLately ? 'session wrote just now' : 'reads');
      return run(primary);
    }
    const replica = await this.replicas.choose();
    decide(replica === undefined ? 'no replica is fit' : 'replica');
    try {
      return await run(replica ?? primary);
    } catch (error) {
      if (!(error instanceof ResourceFailedError)) throw error;
      if (replica !== undefined) this.replicas.lost(replica);
      const other = replica === undefined ? await this.replicas.chooseAny() : primary;
      if (other === undefined) throw error;
      decide(replica === undefined ? 'primary is away' : 'replica is away');
      return run(other);
    }
  }

  /** An embedded database has no log to read the comment, and keeps prepared statements by their text. */
  private commentOf(spanContext: SpanContext, commented: boolean): string {
    return this.dialect === 'sqlite' ? '' : commentOf(spanContext, this.options.applicationName, commented);
  }

  private watchDemand({ forecaster, slot = 5_000 }: WarmUpOptions, telemetry: Telemetry): void {
    for (const role of ROLES) {
      const forecast = forecaster?.() ?? new PeriodicDemand();
      const name = `${this.options.name}-${role}`;
      const pool = this.pools[role];
      this.warmers.set(pool, new PoolWarmer(name, pool, forecast, slot, this.clock, telemetry));
    }
  }

  private noteServer(server: string | undefined): void {
    if (this.primaryServer !== undefined && server !== this.primaryServer) {
      this.failovers.add();
      recordDecision('db.failover', { 'telltale.pool': this.options.name, 'server.address': server ?? '' });
    }
    this.primaryServer = server;
  }

  private poolOf(name: string, role: Role, driver: Driver): ObjectPool<Connection> {
    const settings = { ...DEFAULTS[role], ...this.options[role] };
    return new ObjectPool<Connection>({
      name,
      max: settings.max,
      acquireTimeout: settings.acquireTimeout,
      idleTimeout: 60_000,
      create: async () => {
        const connection = await driver.connect({
          readOnly: role !== 'write',
          statementTimeout: settings.statementTimeout,
          applicationName: `${this.options.applicationName ?? 'telltale'}-${role}`,
        });
        if (role === 'write') this.noteServer(connection.server);
        return connection;
      },
      validate: (connection) => connection.isAlive(),
      destroy: (connection) => connection.close(),
      clock: this.clock,
      ...(this.options.telemetry === undefined ? {} : { telemetry: this.options.telemetry }),
    });
  }
}

/** What was routed by its caller is not parsed. */
function overridden(sql: string, role: Role): Routed {
  const operation = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? 'UNKNOWN';
  return { role, operation, tables: [], commented: sql.includes('/*') };
}

async function runOn(
  pool: ObjectPool<Connection>,
  sql: string,
  parameters: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<QueryResult> {
  const lease = await pool.acquire(signal === undefined ? {} : { signal });
  try {
    return await lease.value.run(sql, parameters, { signal });
  } finally {
    if (lease.value.isAlive()) await lease.release();
    else await lease.destroy();
  }
}
