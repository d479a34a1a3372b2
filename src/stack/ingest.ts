import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RequestHandler } from 'express';
import type { Clock, EpochMillis } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Part } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import type { Telemetry } from '../base/telemetry';
import type { StackConfig } from '../config';
import type { MetricMetadata } from '../domain/sample';
import { CONFORMANCE, REPRICER } from '../http/stack/ledger.controller';
import { ConformanceReport, InFlight, IngestPipeline, LedgerMetrics, LedgerStage, OtlpGrpcReceiver, OtlpHttpReceiver, priceRow } from '../ingest';
import { OtlpMetricsToSamples } from '../ingest/series';
import type { MetricRegistry } from '../instrument';
import { createPriceList, readPricesFile } from '../pricing';
import type { PriceList } from '../pricing';
import { SqliteLedgerStore } from '../spandb';
import type { IncomingSample, LedgerStore, SeriesStore, SpanStore } from '../storage';
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
  const { clock, logger, telemetry, dataDir, series, spans } = around;
  const prices = readPrices(config);
  const ledger = new SqliteLedgerStore({ dataDir, price: (row) => priceRow(row, prices) });
  const conformance = new ConformanceReport();
  const append = (samples: readonly IncomingSample[], metadata: ReadonlyMap<string, MetricMetadata>): void => {
    series.describe(metadata);
    series.append(samples).catch((error: unknown) => logger.warn('derived samples were not taken', { error: messageOf(error) }));
  };
  const ledgerStage = new LedgerStage({ ledger, prices, metrics: new LedgerMetrics(append), conformance, clock, telemetry });
  const pipeline = new IngestPipeline({
    stages: [ledgerStage],
    spanStore: spans,
    seriesStore: series,
    converter: new OtlpMetricsToSamples(),
    clock,
    telemetry,
    config: config.otlp,
  });
  const receiver = { pipeline, inFlight: new InFlight(config.otlp.maxInFlightBytes), clock, logger, telemetry, config: config.otlp };
  const mainPort = new OtlpHttpReceiver(receiver);
  const host = config.otlp.host ?? config.server.host;
  const ownPorts = config.otlp.ports ? [new OtlpHttpReceiver(receiver), new OtlpGrpcReceiver(receiver)] : [];
  return {
    ledger,
    parts: [
      { name: 'ledger store', phase: 'stores', start: () => ledger.start(), stop: () => ledger.stop() },
      ...ownPorts.map((port): Part => ({ name: 'OTLP port', phase: 'http', start: () => port.start(host), stop: () => port.stop() })),
    ],
    rawBodies: [mainPort.middleware()],
    bindings: [
      [CONFORMANCE, conformance],
      [REPRICER, { reprice: (start: EpochMillis, end: EpochMillis) => ledger.reprice(start, end) }],
    ],
  };
}

function readPrices({ pricing, directory }: StackConfig): PriceList {
  if (pricing.file === '') return createPriceList();
  const path = resolve(directory, pricing.file);
  return createPriceList(readPricesFile(readFileSync(path, 'utf8'), path));
}
