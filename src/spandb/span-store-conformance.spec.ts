import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import { describeSpanStore } from '../storage/conformance/span-store';
import { spandbConfig } from './spandb.config';
import { SqliteSpanStore } from './sqlite-span-store';

describeSpanStore('SqliteSpanStore', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'telltale-spans-'));
  const store = new SqliteSpanStore({
    dataDir,
    clock: new ManualClock(1_780_272_000_000),
    logger: silentLogger,
    telemetry: noTelemetry,
    config: spandbConfig.parse({}),
  });
  return Promise.resolve({
    store,
    settle: () => store.flush(),
    dispose: () => Promise.resolve(rmSync(dataDir, { recursive: true, force: true })),
  });
});
