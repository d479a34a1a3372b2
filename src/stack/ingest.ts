import { resolve } from 'node:path';
import type { RequestHandler } from 'express';
import type { Clock } from '../base/clock';
import type { Part } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import type { Telemetry } from '../base/telemetry';
import type { StackConfig } from '../config';
import { REMOTE_WRITE } from '../http/prometheus-write';
import { CONFORMANCE, REPRICER } from '../http/stack/ledger.controller';
import { InFlight, IngestPipeline, OtlpGrpcReceiver, OtlpHttpReceiver, RedactStage, SpanMetrics } from '../ingest';
import { ConformanceReport, LedgerMetrics, LedgerStage, priceRow } from '../ingest/ledger';
import { OtlpMetricsToSamples, RegistrySampler, Scraper } from '../ingest/series';
import type { MetricRegistry } from '../instrument';
import { createPriceList, readPricesFile } from '../pricing';
import { SqliteLedgerStore } from '../spandb';
import type { LedgerStore, SeriesStore, SpanStore } from '../storage';
import type { Binding } from './stack';

/** What the way in is built with. */
export interface IngestSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly dataDir: string;
  readonly series: SeriesStore;
  readonly spans: SpanStore;
  /** Our own metrics; sampled into the series store. */
  readonly registry: MetricRegistry;
}

/** Everything between a wire and a store. */
export interface Ingest {
  readonly ledger: LedgerStore;
  readonly parts: readonly Part[];
  readonly rawBodies: readonly RequestHandler[];
  readonly bindings: readonly Binding[];
}

/** Builds receivers, stages, scraping and sampling. */
export function buildIngest(config: StackConfig, around: IngestSurroundings): Ingest {
  throw new Error(String([resolve, config, around]));
}
