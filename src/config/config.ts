import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS } from '../base/logger';
import { alertingConfig } from '../alerting/alerting.config';
import { anomalyConfig } from '../anomaly/anomaly.config';
import { assistantConfig } from '../assistant/assistant.config';
import { serverConfig } from '../http/http.config';
import { ingestConfig } from '../ingest/ingest.config';
import { otlpSeriesConfig, scrapeConfig } from '../ingest/series/series.config';
import { pricingConfig } from '../pricing/pricing.config';
import { promqlConfig } from '../promql/promql.config';
import { reportsConfig } from '../reports/reports.config';
import { rulesConfig } from '../rules/rules.config';
import { ledgerConfig } from '../spandb/ledger.config';
import { spandbConfig } from '../spandb/spandb.config';
import { tsdbConfig } from '../tsdb/tsdb.config';
import { readEnvironment } from './env';
import type { Environment } from './env';
import { loadWith } from './loader';

/** `telltale.yaml`: every room's section, and the few keys that belong to none. */
export const stackConfig = z.strictObject({
  /** The data folder. */
  data: z.string().min(1).default('./.telltale'),
  /** Addresses and ports. */
  server: serverConfig.prefault({}),
  /** Our own log. */
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
  /** How telemetry comes in and what happens to it. */
  otlp: ingestConfig.prefault({}),
  /** How OTLP metrics become series. */
  otlpMetrics: otlpSeriesConfig.prefault({}),
  /** Targets that are scraped. */
  scrape: scrapeConfig.prefault({}),
  /** The embedded store of series. */
  tsdb: tsdbConfig.prefault({}),
  /** The embedded store of spans and logs. */
  spans: spandbConfig.prefault({}),
  /** The token ledger. */
  ledger: ledgerConfig.prefault({}),
  /** Limits of queries. */
  promql: promqlConfig.prefault({}),
  /** What tokens cost. */
  pricing: pricingConfig.prefault({}),
  /** Rule files and their evaluation. */
  rules: rulesConfig.prefault({}),
  /** Rule files beside `rules.files`; the command line's. */
  extraRules: z.array(z.string()).default([]),
  /** The reference assistant that `telltale demo` starts: its stores, cache and limits. */
  assistant: assistantConfig.prefault({}),
  /** Detectors that judge series as they come. */
  anomaly: anomalyConfig.prefault({}),
  /** Reports that are sent by themselves. */
  reports: reportsConfig.prefault({}),
  /** Routes, receivers, inhibition, mute times. */
  alerting: alertingConfig.prefault({}),
  /** An Alertmanager configuration file in place of the routes and receivers of `alerting`. */
  alertmanager: z.strictObject({ config: z.string().optional() }).prefault({}),
});
export type StackConfig = z.output<typeof stackConfig> & {
  /** What relative paths in the configuration start from: the file's folder, or the working directory. */
  readonly directory: string;
};

/** Where to look for the configuration. */
export interface ConfigOptions {
  readonly cwd: string;
  /** Without one, `telltale.yaml` in the working directory if it is there. */
  readonly file?: string;
  readonly environment?: Environment;
  /** From the command line; they win. */
  readonly overrides?: readonly { readonly path: readonly string[]; readonly value: unknown }[];
}

/**
 * Reads the configuration from file, environment and overrides.
 * @throws InvalidConfigError with every fault found.
 */
export function loadConfig(options: ConfigOptions): StackConfig {
  const environment = options.environment ?? readEnvironment();
  const named = options.file ?? environment['TELLTALE_CONFIG'];
  const usual = join(options.cwd, 'telltale.yaml');
  const file = named !== undefined ? resolve(options.cwd, named) : existsSync(usual) ? usual : undefined;
  const config = loadWith(stackConfig, {
    environment,
    ...(file === undefined ? {} : { file }),
    ...(options.overrides === undefined ? {} : { overrides: options.overrides }),
  });
  return { ...config, directory: file === undefined ? options.cwd : dirname(file) };
}
