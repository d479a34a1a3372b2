import { join } from 'node:path';
import type { RequestHandler } from 'express';
import type { Clock, EpochMillis } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Part } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import type { Telemetry } from '../base/telemetry';
import type { StackConfig } from '../config';
import type { LogRecord } from '../domain/log-record';
import type { MetricMetadata } from '../domain/sample';
import type { Span } from '../domain/span';
import { CONFORMANCE, REPRICER } from '../http/stack/ledger.controller';
import {
  ConformanceReport,
  Forwarder,
  InFlight,
  IngestPipeline,
  LedgerMetrics,
  LedgerStage,
  OtlpGrpcReceiver,
  OtlpHttpReceiver,
  priceRow,
  Pseudonyms,
  RedactStage,
  SpanMetrics,
} from '../ingest';
import { LedgerMetricsConverter, TraceSynthesizer } from '../ingest/ledger';
import {
  OtlpMetricsToSamples,
  RegistrySampler,
  REMOTE_WRITE_RECEIVER,
  RemoteWriteReceiver,
  Scraper,
} from '../ingest/series';
import { REDACTION } from '../http/stack/redaction.controller';
import { USAGE_PRICES } from '../http/stack/trace-detail.controller';
import type { UsagePrices } from '../http/stack/span-detail';
import type { MetricRegistry } from '../instrument';
import { loadPriceList } from '../pricing';
import type { PriceList } from '../pricing';
import { SqliteLedgerStore } from '../spandb';
import type { IncomingSample, LedgerStore, SeriesStore, SpanStore } from '../storage';
import type { Binding } from './binding';

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

/** The way in for telemetry of the same process: through all stages, without a wire. */
export interface Intake {
  spans(spans: readonly Span[]): Promise<unknown>;
  logs(records: readonly LogRecord[]): Promise<unknown>;
}

/** Everything between a wire and a store. */
export interface Ingest {
  readonly intake: Intake;
  readonly ledger: LedgerStore;
  readonly parts: readonly Part[];
  readonly rawBodies: readonly RequestHandler[];
  readonly scraper: Scraper;
  readonly bindings: readonly Binding[];
}

/** Builds receivers, stages, scraping and sampling. */
export function buildIngest(config: StackConfig, around: IngestSurroundings): Ingest {
  const { clock, logger, telemetry, dataDir, series, spans } = around;
  const prices = loadPriceList(config.pricing, config.directory);
  const ledger = new SqliteLedgerStore({
    dataDir,
    price: (row) => priceRow(row, prices),
    keep: { clock, retention: config.ledger.retention },
    logger,
  });
  const conformance = new ConformanceReport();
  const append = (samples: readonly IncomingSample[], metadata: ReadonlyMap<string, MetricMetadata>): void => {
    series.describe(metadata);
    series
      .append(samples)
      .catch((error: unknown) => logger.warn('derived samples were not taken', { error: messageOf(error) }));
  };
  const synthesizer = new TraceSynthesizer({ spans, ledger, clock, logger });
  const metrics = new LedgerMetrics(append);
  const pseudonyms = Pseudonyms.ofFolder(dataDir);
  const ledgerStage = new LedgerStage({
    ledger,
    pseudonyms,
    prices,
    metrics,
    conformance,
    clock,
    telemetry,
    listener: synthesizer,
  });
  const spanMetrics = config.otlp.spanMetrics.enabled
    ? new SpanMetrics(series, clock, config.otlp.spanMetrics, telemetry)
    : undefined;
  const redaction = new RedactStage(config.otlp.redaction, telemetry, pseudonyms);
  const forwarder = new Forwarder(config.otlp.forward, {
    clock,
    logger,
    telemetry,
    folder: join(dataDir, 'forward'),
  });
  const pipeline = new IngestPipeline({
    // Redaction first: what comes after it, the ledger too, never sees what may not be kept.
    stages: [redaction, ledgerStage],
    spanStore: spans,
    seriesStore: series,
    converter: new LedgerMetricsConverter(
      new OtlpMetricsToSamples({ config: config.otlpMetrics, newestOf: (labels) => series.newest?.(labels) }),
      (rows, activities, at) => ledgerStage.take(rows, activities, at),
      logger,
    ),
    ...(spanMetrics === undefined ? {} : { observer: spanMetrics }),
    forwarder,
    clock,
    telemetry,
    config: config.otlp,
  });
  const scraper = new Scraper({
    config: config.scrape,
    seriesStore: series,
    clock,
    logger,
    telemetry,
    directory: config.directory,
  });
  const sampler = new RegistrySampler({
    registry: around.registry,
    seriesStore: series,
    clock,
    logger,
    interval: config.scrape.selfInterval,
    labels: { job: 'telltale', instance: `${config.server.host}:${config.server.port}` },
  });
  const receiver = {
    pipeline,
    inFlight: new InFlight(config.otlp.maxInFlightBytes),
    clock,
    logger,
    telemetry,
    config: config.otlp,
  };
  const mainPort = new OtlpHttpReceiver(receiver);
  const host = config.otlp.host ?? config.server.host;
  const ownPorts = config.otlp.ports ? [new OtlpHttpReceiver(receiver), new OtlpGrpcReceiver(receiver)] : [];
  return {
    intake: {
      spans: (given) => pipeline.acceptSpans(given, 'internal'),
      logs: (given) => pipeline.acceptLogs(given, 'internal'),
    },
    ledger,
    parts: [
      { name: 'ledger store', phase: 'stores', start: () => ledger.start(), stop: () => ledger.stop() },
      { name: 'forwarding', phase: 'ingest', start: () => forwarder.start(), stop: () => forwarder.stop() },
      { name: 'OTLP decoding', phase: 'ingest', start: () => undefined, stop: () => pipeline.stop() },
      { name: 'trace synthesis', phase: 'ingest', start: () => synthesizer.start(), stop: () => synthesizer.stop() },
      ...(spanMetrics === undefined
        ? []
        : [
            {
              name: 'span metrics',
              phase: 'ingest',
              start: () => spanMetrics.start(),
              stop: () => spanMetrics.stop(),
            } satisfies Part,
          ]),
      { name: 'own metrics', phase: 'ingest', start: () => sampler.start(), stop: () => sampler.stop() },
      { name: 'scraping', phase: 'ingest', start: () => scraper.start(), stop: () => scraper.stop() },
      ...ownPorts.map((port): Part => ({
        name: 'OTLP port',
        phase: 'http',
        start: () => port.start(host),
        stop: () => port.stop(),
      })),
    ],
    rawBodies: [mainPort.middleware()],
    scraper,
    bindings: [
      [REMOTE_WRITE_RECEIVER, new RemoteWriteReceiver({ seriesStore: series, telemetry, logger })],
      [CONFORMANCE, conformance],
      [REDACTION, redaction],
      [USAGE_PRICES, usagePrices(prices)],
      [REPRICER, { reprice: (start: EpochMillis, end: EpochMillis) => ledger.reprice(start, end) }],
    ],
  };
}

/** Prices of single usages, for those who look at one call. */
function usagePrices(prices: PriceList): UsagePrices {
  return {
    price: (usage, provider, model, at, tier) => {
      const outcome = prices.price(usage, provider, model, at, { tier });
      return outcome.known
        ? { usd: outcome.price.usd, catalog: `${outcome.price.catalog}@${outcome.price.version}` }
        : { reason: outcome.reason };
    },
  };
}
