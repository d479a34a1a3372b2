import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import type { ManualClock } from '../../base/testing/manual-clock';
import { tsdbConfig, type TsdbConfig } from '../tsdb.config';
import { TsdbSeriesStore } from '../tsdb-series-store';

/** A store in a folder of its own, on a clock that a test moves. */
export class TemporaryStore {
  dataDir = mkdtempSync(join(tmpdir(), 'telltale-tsdb-'));
  store: TsdbSeriesStore;
  /** While true the log cannot be written. */
  diskFull = false;

  constructor(
    readonly clock: ManualClock,
    private readonly settings: Partial<TsdbConfig> = {},
  ) {
    this.store = this.create();
  }

  /** Stops the store and opens another on the same files. */
  async restart(): Promise<void> {
    await this.store.stop();
    this.store = this.create();
    await this.store.start();
  }

  /**
   * As if the process were killed now: opens another store on what is on disk at this moment.
   * @param torn bytes of a record whose writing the end cut short.
   */
  async crash(torn: Uint8Array): Promise<void> {
    const left = { store: this.store, dataDir: this.dataDir };
    this.dataDir = mkdtempSync(join(tmpdir(), 'telltale-tsdb-'));
    cpSync(left.dataDir, this.dataDir, { recursive: true });
    const folder = join(this.dataDir, 'tsdb');
    rmSync(join(folder, 'lock'), { force: true });
    const newest = readdirSync(join(folder, 'log')).sort().at(-1);
    if (newest !== undefined) appendFileSync(join(folder, 'log', newest), torn);
    await left.store.stop();
    rmSync(left.dataDir, { recursive: true, force: true });
    this.store = this.create();
    await this.store.start();
  }

  /** Names of the files in a folder of the store. */
  files(folder: string): string[] {
    return readdirSync(join(this.dataDir, 'tsdb', folder));
  }

  async dispose(): Promise<void> {
    await this.store.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private create(): TsdbSeriesStore {
    return this.on(this.dataDir);
  }

  /** A store on the files of another folder, with the same settings; not started. */
  on(dataDir: string): TsdbSeriesStore {
    return new TsdbSeriesStore({
      dataDir,
      clock: this.clock,
      logger: silentLogger,
      telemetry: noTelemetry,
      config: { ...tsdbConfig.parse({}), ...this.settings },
      persist: async (file, bytes) => {
        if (this.diskFull) throw new Error('no space left on device');
        await file.write(bytes);
        await file.datasync();
      },
    });
  }
}
