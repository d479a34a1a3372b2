import { resolve } from 'node:path';
import { systemClock } from '../base/clock';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { loadConfig } from '../config';
import { ConformanceReport, LedgerMetrics, LedgerStage, priceRow } from '../ingest/ledger';
import { Pseudonyms } from '../ingest';
import { StoresTarget } from '../ingest/import';
import { bundledPrices } from '../pricing';
import { SqliteLedgerStore, SqliteSpanStore } from '../spandb';
import { importCommand } from './commands/import';
import type { OpenDataFolder } from './commands/import';

/** Opens the span and ledger stores of a data folder for an import, without a running stack. */
const openDataFolder: OpenDataFolder = async (cwd, data) => {
  const config = loadConfig({
    cwd,
    overrides: data === undefined ? [] : [{ path: ['data'], value: resolve(cwd, data) }],
  });
  const folder = resolve(config.directory, config.data);
  const surroundings = { clock: systemClock, logger: silentLogger, telemetry: noTelemetry };
  const spans = new SqliteSpanStore({ dataDir: folder, ...surroundings, config: config.spans });
  const ledger = new SqliteLedgerStore({ dataDir: folder, price: (row) => priceRow(row, bundledPrices) });
  const stage = new LedgerStage({
    ledger,
    prices: bundledPrices,
    metrics: new LedgerMetrics(() => undefined),
    conformance: new ConformanceReport(),
    pseudonyms: Pseudonyms.ofFolder(folder),
    ...surroundings,
  });
  await spans.start();
  await ledger.start();
  const close = async (): Promise<void> => {
    await ledger.stop();
    await spans.stop();
  };
  return { folder, target: new StoresTarget(spans, stage, systemClock, close) };
};

/** `telltale import`, able to open a data folder itself. */
export const importVerb = importCommand(openDataFolder);
