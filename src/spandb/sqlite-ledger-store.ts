import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../base/clock';
import type { Clock, EpochMillis, Millis, Timer } from '../base/clock';
import { silentLogger } from '../base/logger';
import type { Logger } from '../base/logger';
import type { ActivityKind, LedgerRow, SessionActivity, SessionSummary } from '../domain/ledger';
import type { LedgerChange, LedgerQuery, LedgerStore, PackedList, SessionQuery } from '../storage';
import { KeptWorker } from './kept-worker';
import type { LedgerProtocol } from './ledger-protocol';

/** What the ledger store is made of. */
export interface SqliteLedgerStoreOptions {
  /** The data folder; the file in it is `ledger.db`. */
  readonly dataDir: string;
  /** Puts the computed cost on a row whose figures a merge changed; the row as it is when no price is known. */
  readonly price: (row: LedgerRow) => LedgerRow;
  /** How long calls are kept, by which clock; absent: for good. */
  readonly keep?: { readonly clock: Clock; readonly retention: Millis };
  /** Told when the store's thread had to be started again. */
  readonly logger?: Logger;
}

/** Between two looks for rows that are too old. */
const TRIM_PERIOD: Millis = 3_600_000;

/** The token ledger in one SQLite file, in a worker thread of its own. */
export class SqliteLedgerStore implements LedgerStore {
  readonly name = 'sqlite';
  private readonly worker: KeptWorker<LedgerProtocol>;
  private timer: Timer | undefined;
  private isStarted = false;

  constructor(private readonly options: SqliteLedgerStoreOptions) {
    this.worker = new KeptWorker<LedgerProtocol>({
      name: 'the ledger store',
      path: join(__dirname, 'ledger-worker'),
      input: () => join(options.dataDir, 'ledger.db'),
      prove: (worker) => worker.call('session', ''),
      clock: options.keep?.clock ?? systemClock,
      logger: options.logger ?? silentLogger,
    });
  }

  async start(): Promise<void> {
    if (this.isStarted) return;
    mkdirSync(this.options.dataDir, { recursive: true });
    await this.worker.start();
    this.isStarted = true;
    await this.trimOld();
  }

  async stop(): Promise<void> {
    this.isStarted = false;
    this.timer?.cancel();
    await this.worker.stop((worker) => worker.call('close', null));
  }

  async write(rows: readonly LedgerRow[], activities: readonly SessionActivity[]): Promise<LedgerChange[]> {
    if (rows.length === 0 && activities.length === 0) return [];
    const changes = await this.worker.call('write', { rows, activities });
    const repriced: LedgerRow[] = [];
    const priced = changes.map((change) => {
      if (change.previous === undefined || change.row.cost !== undefined) return change;
      const row = this.options.price(change.row);
      if (row.cost !== undefined) repriced.push(row);
      return { ...change, row };
    });
    if (repriced.length > 0) await this.worker.call('replace', repriced);
    return priced;
  }

  async calls(query: LedgerQuery): Promise<LedgerRow[]> {
    return [...(await this.worker.call('calls', query))];
  }

  packedCalls(query: LedgerQuery): Promise<PackedList & { readonly last: LedgerQuery['after'] | null }> {
    return this.worker.call('packedCalls', query);
  }

  async sessions(query: SessionQuery): Promise<SessionSummary[]> {
    return [...(await this.worker.call('sessions', query))];
  }

  async session(session: string): Promise<SessionSummary | undefined> {
    return (await this.worker.call('session', session)) ?? undefined;
  }

  async activities(session: string, kind?: ActivityKind): Promise<SessionActivity[]> {
    return [...(await this.worker.call('activities', { session, kind: kind ?? '' }))];
  }

  /** Prices all rows in [start, end] anew; says how many changed. */
  async reprice(start: EpochMillis, end: EpochMillis): Promise<number> {
    const rows = await this.calls({ start, end, withSuperseded: true, limit: Number.MAX_SAFE_INTEGER });
    const changed = rows
      .map((row) => ({ row, now: this.options.price(row) }))
      .filter(({ row, now }) => JSON.stringify(row.cost) !== JSON.stringify(now.cost))
      .map(({ now }) => now);
    for (let i = 0; i < changed.length; i += 1000) await this.worker.call('replace', changed.slice(i, i + 1000));
    return changed.length;
  }

  /** Drops calls and activities older than `before`; says how many calls. */
  trim(before: EpochMillis): Promise<number> {
    return this.worker.call('trim', before);
  }

  /** Drops what is too old now, and again every hour. */
  private async trimOld(): Promise<void> {
    const { keep } = this.options;
    if (keep === undefined || !this.isStarted) return;
    this.timer = keep.clock.schedule(TRIM_PERIOD, () => {
      // A store that is being restarted is trimmed an hour later.
      this.trimOld().catch(() => undefined);
    });
    await this.trim(keep.clock.now() - keep.retention);
  }
}
