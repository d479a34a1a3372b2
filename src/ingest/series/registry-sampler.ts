import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { Ticker } from '../../base/ticker';
import { Labels, METRIC_NAME } from '../../domain/labels';
import type { MetricMetadata } from '../../domain/sample';
import type { IncomingSample, SeriesWriter } from '../../storage';
import { boundText, normalBound } from './number-text';

/** A value of a metric as prom-client gives it. */
export interface RegistryValue {
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
  /** Set where it differs from the metric's name: `…_bucket`. */
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string | number | undefined>>;
    readonly value: number;
    /** In seconds. */
    readonly timestamp?: number | undefined;
  } | null;
}

/** The part of prom-client's Registry that is read. */
export interface SampledRegistry {
  getMetricsAsArray(): readonly unknown[];
}

/** What a sampler is built from. */
export interface RegistrySamplerOptions {
  readonly registry: SampledRegistry;
  readonly seriesStore: SeriesWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly interval: Millis;
  /** Of every series: `job` and `instance`. */
  readonly labels: Readonly<Record<string, string>>;
}

interface RegistryMetric {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly RegistryValue[];
}

interface KnownSeries {
  readonly labels: Labels;
  /** The last sampling that saw it. */
  round: number;
}

/** Puts the metrics of a prom-client registry in this process into the series store: no text in between. */
export class RegistrySampler {
  private readonly ticker: Ticker;
  private readonly known = new Map<string, KnownSeries>();
  private readonly described = new Map<string, MetricMetadata>();
  private round = 0;

  constructor(private readonly options: RegistrySamplerOptions) {
    this.ticker = new Ticker(options.clock, options.interval, (at) => this.sampleQuietly(at));
  }

  start(): void {
    this.ticker.start();
  }

  /** Samples a last time, so that what happened since the last tick is not lost. */
  async stop(): Promise<void> {
    this.ticker.stop();
    await this.sampleQuietly(this.options.clock.now());
  }

  /** Reads every metric once. Series that are gone from the registry are marked as ended. */
  async sample(at: EpochMillis): Promise<void> {
    const { registry, seriesStore } = this.options;
    const round = ++this.round;
    const samples: IncomingSample[] = [];
    const news = new Map<string, MetricMetadata>();
    for (const source of registry.getMetricsAsArray()) {
      const metric = await readMetric(source);
      if (metric === undefined) continue;
      this.describe(metric, news);
      for (const value of metric.values) samples.push(this.toSample(metric.name, value, at, round));
    }
    for (const [key, series] of this.known) {
      if (series.round === round) continue;
      this.known.delete(key);
      samples.push({ labels: series.labels, t: at, value: NaN, stale: true });
    }
    if (news.size > 0) seriesStore.describe(news);
    await seriesStore.append(samples);
  }

  private async sampleQuietly(at: EpochMillis): Promise<void> {
    try {
      await this.sample(at);
    } catch (error) {
      this.options.logger.warn('own metrics were not stored', { error: messageOf(error) });
    }
  }

  private describe({ name, help, type }: RegistryMetric, news: Map<string, MetricMetadata>): void {
    if (this.described.has(name)) return;
    const metadata: MetricMetadata = { type: typeOf(type), help, unit: '' };
    this.described.set(name, metadata);
    news.set(name, metadata);
  }

  private toSample(metric: string, value: RegistryValue, t: EpochMillis, round: number): IncomingSample {
    const name = value.metricName ?? metric;
    let key = name;
    for (const label in value.labels) key += `\u{ff}${label}\u{ff}${value.labels[label]}`;
    let series = this.known.get(key);
    if (series === undefined) this.known.set(key, (series = { labels: this.labelsOf(name, value), round }));
    series.round = round;
    const { exemplar } = value;
    if (!exemplar) return { labels: series.labels, t, value: value.value };
    return {
      labels: series.labels,
      t,
      value: value.value,
      exemplar: {
        labels: Labels.of(textsOf(exemplar.labelSet)),
        value: exemplar.value,
        t: exemplar.timestamp === undefined ? t : Math.round(exemplar.timestamp * 1000),
      },
    };
  }

  private labelsOf(name: string, { labels }: RegistryValue): Labels {
    return Labels.of({ ...textsOf(labels), ...this.options.labels, [METRIC_NAME]: name });
  }
}

function textsOf(labels: RegistryValue['labels']): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels ?? {})) {
    if (value === undefined) continue;
    const text = typeof value === 'number' ? boundText(value) : value;
    texts[name] = name === 'le' || name === 'quantile' ? normalBound(text) : text;
  }
  return texts;
}

async function readMetric(source: unknown): Promise<RegistryMetric | undefined> {
  if (typeof source !== 'object' || source === null || !('get' in source) || typeof source.get !== 'function') {
    return undefined;
  }
  const metric: unknown = await source.get();
  return isMetric(metric) ? metric : undefined;
}

function isMetric(value: unknown): value is RegistryMetric {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'values' in value && Array.isArray(value.values)
  );
}

function typeOf(type: unknown): MetricMetadata['type'] {
  return type === 'counter' || type === 'gauge' || type === 'histogram' || type === 'summary' ? type : 'unknown';
}
