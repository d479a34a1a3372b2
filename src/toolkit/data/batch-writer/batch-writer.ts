import { backoffDelay } from '../../../base/backoff';
import { systemClock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { systemRandom } from '../../../base/ids';
import { ClosedError, RowRejectedError, StatementFailedError } from '../../errors';
import { toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { QueueFullError } from '../../errors';
import { TableQueue } from './table-queue';
import { keyOf, outcomeOf, roundsOf, toStatements } from './row-batch';
import { ColumnTypeReader } from './column-types';
import { unnestSql, upsertSql } from './upsert-sql';
import { writerInstruments } from './writer-telemetry';
import type { Clock, Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Telemetry } from '../../../base/telemetry';
import type { SqlExecutor } from './sql-executor';
import type { FoldedRow, PendingRow, TableOptions, WriteOutcome, WriteRow } from './row-batch';
import type { WriterInstruments } from './writer-telemetry';

/** How a writer gathers rows. */
export interface BatchWriterOptions {
  /** Names the writer in metrics. */
  readonly name: string;
  readonly executor: SqlExecutor;
  /** Per table; tables that are not named are inserted into. */
  readonly tables?: Readonly<Record<string, TableOptions>>;
  /** Rows that make a batch; default 1,000. */
  readonly maxRows?: number;
  /** Bytes that make a batch, as estimated; default 1 MB. */
  readonly maxBytes?: number;
  /** Time after which a batch goes, however small; default 50 ms. */
  readonly window?: Millis;
  /** Rows not written yet, of all tables; beyond, `write` waits. Default 50,000. */
  readonly maxPending?: number;
  /** Callers of `write` that may wait; beyond, they are refused. Default 100,000. */
  readonly maxWaiters?: number;
  /** Attempts at a batch when the database is not to be had; default 5. */
  readonly attempts?: number;
  /** First wait between attempts, doubling with jitter; default 100 ms. */
  readonly retryDelay?: Millis;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly telemetry?: Telemetry;
}

/** Parameters of one statement, at most. */
const MAX_PARAMETERS = { postgres: 65_535, sqlite: 32_766 } as const;

/**
 * Writes rows in batches: one statement for many rows. Batches of a table that are written at the same time have no key in common,
 * so that rows of one key are written in the order in which they came. A row that the table does not take fails alone.
 */
export class BatchWriter implements AsyncDisposable {
  private readonly queues = new Map<string, TableQueue>();
  private readonly waiters = new Set<() => void>();
  private readonly clock: Clock;
  private readonly instruments: WriterInstruments;
  private readonly types: ColumnTypeReader | undefined;
  private pending = 0;
  private closed = false;

  constructor(private readonly options: BatchWriterOptions) {
    this.clock = options.clock ?? systemClock;
    this.types = options.executor.dialect === 'postgres' ? new ColumnTypeReader(options.executor) : undefined;
    this.instruments = writerInstruments(options.telemetry ?? toolkitTelemetry, options.name, {
      pending: () => this.pending,
      waiters: () => this.waiters.size,
      limit: options.maxPending ?? 50_000,
    });
  }

  /** Rows accepted and not written yet. */
  get size(): number {
    return this.pending;
  }

  /**
   * Queues a row; resolves when it is `written`, or `superseded` by another row of its key in the same batch. Waits for room first when
   * too many are pending. Aborting takes the row back as long as its batch has not begun; after that the outcome is told all the same.
   * @throws RowRejectedError, StatementFailedError after all attempts, QueueFullError, ClosedError, the signal's reason
   */
  write(table: string, row: WriteRow, signal?: AbortSignal): Promise<WriteOutcome> {
    const { name, maxPending = 50_000, maxWaiters = 100_000 } = this.options;
    if (this.closed) return Promise.reject(new ClosedError(`writer "${name}" is closed`));
    if (signal?.aborted) return Promise.reject(toError(signal.reason));
    if (this.pending < maxPending && this.waiters.size === 0) return this.enqueue(table, row, signal);
    if (this.waiters.size >= maxWaiters) {
      return Promise.reject(new QueueFullError(`writer "${name}": ${maxWaiters} callers wait already`));
    }
    return new Promise<WriteOutcome>((resolve, reject) => {
      const leave = (): void => {
        this.waiters.delete(enter);
        reject(toError(signal?.reason));
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(this.enqueue(table, row, signal));
      };
      this.waiters.add(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Writes what is pending now, and resolves when it is written or has failed. */
  async flush(): Promise<void> {
    while (this.pending > 0 || this.waiters.size > 0) {
      await Promise.all([...this.queues.values()].map((queue) => queue.flush()));
      await Promise.resolve();
    }
  }

  /** Takes no more rows, and writes those it has. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flush();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One promise and no more for a row: at a hundred thousand rows a second it is their number that counts. */
  private enqueue(table: string, row: WriteRow, signal: AbortSignal | undefined): Promise<WriteOutcome> {
    this.pending++;
    const key = keyOf(row, this.options.tables?.[table]?.key);
    return new Promise<WriteOutcome>((resolve, reject) => {
      const pending: PendingRow = { row, key, bytes: sizeOf(row), resolve, reject };
      const queue = this.queueOf(table);
      if (signal !== undefined) this.listen(pending, queue, signal);
      queue.add(pending);
    });
  }

  /** Takes the row back when the signal says so, until its batch begins. */
  private listen(pending: PendingRow, queue: TableQueue, signal: AbortSignal): void {
    const onAbort = (): void => {
      queue.withdraw(pending);
      pending.reject(toError(signal.reason));
      this.settled(1);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    pending.begin = () => signal.removeEventListener('abort', onAbort);
  }

  /** Tells those who wait for a row that it is written, or what stands in its place. */
  private resolve(folded: FoldedRow, options: TableOptions): void {
    for (const part of folded.parts) {
      const outcome = outcomeOf(folded, part, options);
      if (outcome === 'superseded') this.instruments.superseded();
      part.resolve(outcome);
    }
    this.settled(folded.parts.length);
  }

  private reject({ parts }: FoldedRow, error: unknown): void {
    for (const part of parts) part.reject(error);
    this.settled(parts.length);
  }

  /** Lets in as many of those who wait as there is room for. */
  private settled(count: number): void {
    this.pending -= count;
    const { maxPending = 50_000 } = this.options;
    for (const enter of this.waiters) {
      if (this.pending >= maxPending) break;
      this.waiters.delete(enter);
      enter();
    }
  }

  private queueOf(table: string): TableQueue {
    const known = this.queues.get(table);
    if (known !== undefined) return known;
    const { maxRows = 1_000, maxBytes = 1_000_000, window = 50, tables = {}, executor } = this.options;
    const { key, parallel = key === undefined || executor.dialect === 'sqlite' ? 1 : 2 } = tables[table] ?? {};
    const bounds = { maxRows, maxBytes, window, parallel };
    const queue = new TableQueue(bounds, this.clock, (rows) => this.writeBatch(table, rows));
    this.queues.set(table, queue);
    return queue;
  }

  /** Never rejects. */
  private async writeBatch(table: string, pending: readonly PendingRow[]): Promise<void> {
    const { tables = {}, executor, maxRows = 1_000, name } = this.options;
    const options = tables[table] ?? {};
    const began = this.clock.elapsed();
    const attributes = {
      'telltale.writer': name,
      'db.collection.name': table,
      'db.operation.batch.size': pending.length,
    };
    for (const row of pending) row.begin?.();
    await withToolkitSpan(`write ${table}`, { attributes, root: true }, async () => {
      for (const round of roundsOf(pending, options)) {
        const statements = toStatements(round, MAX_PARAMETERS[executor.dialect], maxRows);
        for (const rows of statements) await this.writeRows(table, rows, options);
      }
    });
    this.instruments.batch(pending.length, (this.clock.elapsed() - began) / 1000);
  }

  /** Writes rows of the same columns; halves them when they are refused, until only the bad ones are left. */
  private async writeRows(table: string, rows: readonly FoldedRow[], options: TableOptions): Promise<void> {
    const failure = await this.attempt(table, rows, options);
    if (failure === undefined) {
      for (const row of rows) this.resolve(row, options);
      return;
    }
    if (failure instanceof StatementFailedError && failure.isTransient) {
      this.instruments.failed(rows.length);
      for (const row of rows) this.reject(row, failure);
      return;
    }
    const [first] = rows;
    if (rows.length > 1) {
      const middle = rows.length >> 1;
      await this.writeRows(table, rows.slice(0, middle), options);
      await this.writeRows(table, rows.slice(middle), options);
    } else if (first !== undefined && first.parts.length > 1) {
      // One of the rows folded into it is bad: write them one after the other.
      for (const part of first.parts) await this.writeRows(table, [{ row: part.row, parts: [part] }], options);
    } else if (first !== undefined) {
      this.instruments.rejected();
      const error = new RowRejectedError(`table "${table}" does not take the row: ${messageOf(failure)}`, {
        cause: failure,
      });
      this.reject(first, error);
    }
  }

  private async statementOf(
    table: string,
    folded: readonly FoldedRow[],
    options: TableOptions,
  ): Promise<{ readonly sql: string; readonly parameters: unknown[] }> {
    const rows = folded.map(({ row }) => row);
    // A single row is not worth a look at the catalogue.
    const types = rows.length > 1 ? await this.types?.of(table) : undefined;
    const columnar = types === undefined ? undefined : unnestSql(table, rows, options, types);
    return columnar ?? upsertSql(table, rows, options);
  }

  /** Undefined when written; else what the database said last. */
  private async attempt(table: string, rows: readonly FoldedRow[], options: TableOptions): Promise<unknown> {
    const { executor, attempts = 5, retryDelay = 100, random = systemRandom } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        const { sql, parameters } = await this.statementOf(table, rows, options);
        await executor.query(sql, parameters, { route: 'write' });
        return undefined;
      } catch (error) {
        if (!isTransient(error)) {
          if (isOfSchema(error)) this.types?.forget(table);
          return error;
        }
        if (attempt >= attempts) return toFailure(error);
        this.instruments.retried();
        await this.clock.sleep(backoffDelay(attempt, { initial: retryDelay, max: 10_000 }, random));
      }
    }
  }
}

/** Whether the statement did not fit the table (SQLSTATE class 42): it has changed since it was looked at. */
function isOfSchema(error: unknown): boolean {
  return error instanceof StatementFailedError && error.sqlState?.startsWith('42') === true;
}

/** Whether the database was not to be had; everything else speaks of the rows. */
function isTransient(error: unknown): boolean {
  if (error instanceof StatementFailedError) return error.isTransient;
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  if (error.code === 'RESOURCE_FAILED' || error.code === 'POOL_TIMEOUT' || error.code === 'QUEUE_FULL') return true;
  return error instanceof Error && /database is locked|SQLITE_BUSY/i.test(error.message);
}

function toFailure(error: unknown): StatementFailedError {
  if (error instanceof StatementFailedError) return error;
  return new StatementFailedError(messageOf(error), undefined, true, { cause: error });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Bytes of a row's values, roughly. */
function sizeOf(row: WriteRow): number {
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
    else if (typeof value === 'object' && value !== null && !(value instanceof Date))
      bytes += JSON.stringify(value).length;
    else bytes += 8;
  }
  return bytes;
}
