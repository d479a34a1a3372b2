import { resolve } from 'node:path';
import { systemClock } from '../base/clock';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { loadConfig } from '../config';
import { ConformanceReport, LedgerMetrics, LedgerStage, priceRow } from '../ingest/ledger';
import { Pseudonyms, RedactStage } from '../ingest';
import { StoresTarget } from '../ingest/import';
import { loadPriceList } from '../pricing';
import { SqliteLedgerStore, SqliteSpanStore } from '../spandb';
import { importCommand } from './commands/import';
import type { OpenDataFolder, OwnPrices } from './commands/import';

/** Opens the span and ledger stores of a data folder for an import, without a running stack. */
const openDataFolder: OpenDataFolder = async (cwd, data) => {
  const config = loadConfig({
    cwd,
    overrides: data === undefined ? [] : [{ path: ['data'], value: resolve(cwd, data) }],
  });
  const folder = resolve(config.directory, config.data);
  const prices = loadPriceList(config.pricing, config.directory);
  const pseudonyms = Pseudonyms.ofFolder(folder);
  const surroundings = { clock: systemClock, logger: silentLogger, telemetry: noTelemetry };
  const spans = new SqliteSpanStore({ dataDir: folder, ...surroundings, config: config.spans });
  const ledger = new SqliteLedgerStore({ dataDir: folder, price: (row) => priceRow(row, prices) });
  const stage = new LedgerStage({
    ledger,
    prices,
    metrics: new LedgerMetrics(() => undefined),
    conformance: new ConformanceReport(),
    pseudonyms,
    ...surroundings,
  });
  const redaction = new RedactStage(config.otlp.redaction, noTelemetry, pseudonyms);
  await spans.start();
  await ledger.start();
  const close = async (): Promise<void> => {
    await ledger.stop();
    await spans.stop();
  };
  return { folder, target: new StoresTarget(spans, [redaction, stage], systemClock, close) };
};

/** The catalogue after the own prices that the configuration of a folder names. */
const ownPrices: OwnPrices = (cwd) => {
  const { pricing, directory } = loadConfig({ cwd });
  return loadPriceList(pricing, directory);
};

/** `telltale import`, able to open a data folder itself. */
export const importVerb = importCommand(openDataFolder, ownPrices);
