import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import type { StateChange, StateEntry, StateStore } from '../storage';
import { KeptWorker } from './kept-worker';
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
  private readonly worker: KeptWorker<StateProtocol>;

  constructor(private readonly options: SqliteStateStoreOptions) {
    const { dataDir, clock, logger } = options;
    this.worker = new KeptWorker<StateProtocol>({
      name: 'the state store',
      path: join(__dirname, 'state-worker'),
      input: () => join(dataDir, 'state.db'),
      prove: (worker) => worker.call('load', ''),
      clock,
      logger,
    });
  }

  async start(): Promise<void> {
    const { dataDir, clock, logger } = this.options;
    mkdirSync(dataDir, { recursive: true });
    const began = clock.elapsed();
    await this.worker.start();
    logger.debug('state store opened', { millis: Math.round(clock.elapsed() - began) });
  }

  stop(): Promise<void> {
    return this.worker.stop((worker) => worker.call('close', null));
  }

  async commit(changes: readonly StateChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.worker.call('commit', changes.map(encodeChange));
  }

  async load(space: string): Promise<StateEntry[]> {
    const rows = await this.worker.call('load', space);
    return rows.map(({ key, json }) => ({ key, value: parse(json) }));
  }

  async history(log: string, start: number, end: number, limit: number): Promise<{ t: number; value: unknown }[]> {
    const rows = await this.worker.call('history', { log, start, end, limit });
    return rows.map(({ t, json }) => ({ t, value: parse(json) }));
  }

  /** Removes a log's rows with t < `before`; says how many. */
  trimHistory(log: string, before: number): Promise<number> {
    return this.worker.call('trim', { log, before });
  }
}

function encodeChange(change: StateChange): EncodedChange {
  if (change.op === 'append') return { log: change.log, t: change.t, json: toJson(change.value) };
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
