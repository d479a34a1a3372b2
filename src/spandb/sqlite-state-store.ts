import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import { startWorker } from '../base/worker';
import type { WorkerClient } from '../base/worker';
import { StoreUnavailableError } from '../storage';
import type { StateChange, StateEntry, StateStore } from '../storage';
import type { EncodedChange, StateProtocol } from './state-protocol';

/** What the state store is made of. */
export interface SqliteStateStoreOptions {
  /** The data folder; the file in it is `state.db`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** State of rules and alerting in one SQLite file, in a worker thread of its own. */
export class SqliteStateStore implements StateStore {
  readonly name = 'sqlite';
  private worker: WorkerClient<StateProtocol> | undefined;

  constructor(private readonly options: SqliteStateStoreOptions) {}

  async start(): Promise<void> {
    if (this.worker) return;
    mkdirSync(this.options.dataDir, { recursive: true });
    const began = this.options.clock.elapsed();
    this.worker = startWorker<StateProtocol>(join(__dirname, 'state-worker'), join(this.options.dataDir, 'state.db'));
    // The first answer proves that the file opened.
    await this.worker.call('load', '');
    this.options.logger.debug('state store opened', { millis: Math.round(this.options.clock.elapsed() - began) });
  }

  async stop(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    if (!worker) return;
    await worker.call('close', null);
    await worker.terminate();
  }

  async commit(changes: readonly StateChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.running().call('commit', changes.map(encodeChange));
  }

  async load(space: string): Promise<StateEntry[]> {
    const rows = await this.running().call('load', space);
    return rows.map(({ key, json }) => ({ key, value: parse(json) }));
  }

  async appendHistory(log: string, rows: readonly { readonly t: number; readonly value: unknown }[]): Promise<void> {
    if (rows.length === 0) return;
    await this.running().call('append', { log, rows: rows.map(({ t, value }) => ({ t, json: toJson(value) })) });
  }

  async history(log: string, start: number, end: number, limit: number): Promise<{ t: number; value: unknown }[]> {
    const rows = await this.running().call('history', { log, start, end, limit });
    return rows.map(({ t, json }) => ({ t, value: parse(json) }));
  }

  /** Removes a log's rows with t < `before`; says how many. */
  trimHistory(log: string, before: number): Promise<number> {
    return this.running().call('trim', { log, before });
  }

  private running(): WorkerClient<StateProtocol> {
    if (!this.worker) throw new StoreUnavailableError('the state store is not started');
    return this.worker;
  }
}

function encodeChange(change: StateChange): EncodedChange {
  const { space, key } = change;
  return { space, key, json: change.op === 'put' ? toJson(change.value) : null };
}

/** `undefined` has no JSON text; it is kept as null. */
function toJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function parse(json: string): unknown {
  return JSON.parse(json);
}
