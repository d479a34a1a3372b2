import type { EpochMillis } from '../../../base/clock';
import { type Metric, type MetricPoints, type PointHead, type ResourceMetrics } from '../../../domain/metric-point';
import type { MetricMetadata } from '../../../domain/sample';
import type { IncomingSample } from '../../../storage';
import { otlpSeriesConfig, type OtlpSeriesConfig } from '../series.config';
import { DeltaTotals } from './delta-totals';
import { PointWriter } from './point-writer';
import { NOTHING_STORED } from './recalled-total';
import type { NewestOf } from './recalled-total';
import { pointLabels, resourceLabels, scopeLabels, targetInfoLabels } from './series-labels';
import { TargetInfo } from './target-info';
import { translateMetricName, translateUnit, type MetricKind } from './translate-name';

/** What a request's metrics became. */
export interface ConvertedMetrics {
  readonly samples: IncomingSample[];
  readonly metadata: Map<string, MetricMetadata>;
  /** Data points that became nothing, and one reason. */
  readonly rejected: { readonly count: number; readonly message: string };
}

/** Turns OTLP metrics into series, by the OpenTelemetry–Prometheus compatibility specification; keeps delta totals. */
export class OtlpMetricsToSamples {
  private readonly config: OtlpSeriesConfig;
  private readonly newestOf: NewestOf;
  private readonly totals: DeltaTotals;
  private readonly targetInfo = new TargetInfo();
  private readonly types = new Map<string, MetricMetadata['type']>();

  /** @param options `newestOf` tells what is stored of a series: delta totals go on from it after a restart. */
  constructor(options: { readonly config?: OtlpSeriesConfig; readonly newestOf?: NewestOf } = {}) {
    this.newestOf = options.newestOf ?? NOTHING_STORED;
    this.config = options.config ?? otlpSeriesConfig.parse({});
    this.totals = new DeltaTotals(this.config.maxDeltaSeries);
  }

  /** How many delta series are being accumulated. */
  get deltaSeries(): number {
    return this.totals.size;
  }

  /** @param at stands in for the time of points that have none. */
  convert(metrics: readonly ResourceMetrics[], at: EpochMillis): ConvertedMetrics {
    const run = new PointWriter(this.config, this.totals, at, this.newestOf);
    const metadata = new Map<string, MetricMetadata>();
    for (const { resource, scopes } of metrics) {
      const ofResource = resourceLabels(resource, this.config);
      const stream = JSON.stringify(resource.attributes, (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      run.newest = -Infinity;
      for (const { scope, metrics: ofScope } of scopes) {
        const common = new Map([...scopeLabels(scope, this.config), ...ofResource]);
        for (const metric of ofScope) this.convertMetric(metric, common, stream, run, metadata);
      }
      const info = this.config.targetInfo ? targetInfoLabels(resource, this.config) : undefined;
      if (info && run.newest !== -Infinity) run.samples.push(...this.targetInfo.samples(info, run.newest));
    }
    return { samples: run.samples, metadata, rejected: { count: run.rejected, message: run.reason } };
  }

  private convertMetric(
    metric: Metric,
    common: ReadonlyMap<string, string>,
    stream: string,
    run: PointWriter,
    metadata: Map<string, MetricMetadata>,
  ): void {
    const { data } = metric;
    if (data.kind === 'none') return;
    const kind = kindOf(data);
    const name = translateMetricName(metric.name, metric.unit, kind, this.config.translation);
    if (name === '') {
      run.reject(data.points.length, `a metric without a name cannot be kept (unit "${metric.unit}")`);
      return;
    }
    const type = TYPES[kind];
    const known = this.types.get(name);
    if (known !== undefined && known !== type) {
      run.reject(data.points.length, `metric ${name} is a ${known} already and cannot be a ${type} too`);
      return;
    }
    if (known === undefined && this.types.size < MAX_TYPES) this.types.set(name, type);
    if ('temporality' in data && data.temporality === 'unspecified') {
      run.reject(data.points.length, `metric ${metric.name} does not say whether it is delta or cumulative`);
      return;
    }
    metadata.set(name, { type, help: metric.description, unit: translateUnit(metric.unit) });
    const delta = 'temporality' in data && data.temporality === 'delta';
    const labelsOf = (point: PointHead): Map<string, string> => pointLabels(point.attributes, common, this.config);
    switch (data.kind) {
      case 'gauge':
        for (const point of data.points) run.number(name, labelsOf(point), point, undefined);
        break;
      case 'sum':
        for (const point of data.points) {
          run.number(name, labelsOf(point), point, delta ? { stream, monotonic: data.monotonic } : undefined);
        }
        break;
      case 'histogram':
        for (const point of data.points) run.histogram(name, labelsOf(point), point, delta ? stream : undefined);
        break;
      case 'exponentialHistogram':
        for (const point of data.points) run.exponential(name, labelsOf(point), point, delta ? stream : undefined);
        break;
      case 'summary':
        for (const point of data.points) run.summary(name, labelsOf(point), point);
        break;
    }
  }
}

const MAX_TYPES = 100_000;

const TYPES: Readonly<Record<MetricKind, MetricMetadata['type']>> = {
  gauge: 'gauge',
  counter: 'counter',
  'up-down-counter': 'gauge',
  histogram: 'histogram',
  summary: 'summary',
};

function kindOf(data: Exclude<MetricPoints, { kind: 'none' }>): MetricKind {
  switch (data.kind) {
    case 'gauge':
      return 'gauge';
    case 'sum':
      return data.monotonic ? 'counter' : 'up-down-counter';
    case 'histogram':
    case 'exponentialHistogram':
      return 'histogram';
    case 'summary':
      return 'summary';
  }
}
