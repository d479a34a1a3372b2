import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import type { ManualClock } from '../../base/testing/manual-clock';
import { tsdbConfig, type TsdbConfig } from '../tsdb.config';
import { TsdbSeriesStore } from '../tsdb-series-store';

/** A store in a folder of its own, on a clock that a test moves. */
export class TemporaryStore {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'telltale-tsdb-'));
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

  async dispose(): Promise<void> {
    await this.store.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private create(): TsdbSeriesStore {
    return new TsdbSeriesStore({
      dataDir: this.dataDir,
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
