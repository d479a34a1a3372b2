import type { Clock, EpochMillis } from '../base/clock';
import { Ticker } from '../base/ticker';
import type { Counter, Telemetry } from '../base/telemetry';
import { attributeToText } from '../domain/attributes';
import { GEN_AI } from '../domain/gen-ai';
import { Labels, METRIC_NAME } from '../domain/labels';
import { serviceNameOf } from '../domain/resource';
import type { Exemplar, MetricMetadata } from '../domain/sample';
import { durationNano, SPAN_KINDS, SPAN_STATUSES } from '../domain/span';
import type { Span } from '../domain/span';
import { STAGE_ATTRIBUTE } from '../domain/stage';
import { SPAN_CELL } from '../otlp';
import type { SpanColumns } from '../otlp';
import type { IncomingSample, SeriesWriter } from '../storage';
import type { SpanMetricsConfig } from './ingest.config';
import type { SpanObserver } from './sinks';

/** Names of the span metrics: those of the Collector's span metrics connector, in seconds. */
export const SPAN_METRICS = {
  calls: 'traces_span_metrics_calls_total',
  duration: 'traces_span_metrics_duration_seconds',
} as const;

/** A series that did not change is repeated this often, so that it stays current. */
const REPEAT_PERIOD = 60_000;

/** The operation that stands for all beyond the bound, and the service that does beyond twice the bound. */
const OTHER = 'other';

/** What spans are counted by. */
interface Key {
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly stage: string;
  readonly model: string;
}

/** One label set's figures since the start. */
interface Cell {
  readonly calls: Labels;
  readonly buckets: readonly Labels[];
  readonly sum: Labels;
  readonly count: Labels;
  /** Per bucket, not cumulative. */
  readonly counts: Float64Array;
  total: number;
  seconds: number;
  changed: boolean;
  emittedAt: EpochMillis;
  /** The slowest span since the last emission. */
  slowest: { seconds: number; bucket: number; traceId: string; spanId: string } | undefined;
}

/** Calls, errors (by status) and durations of all spans, counted before any is dropped, as cumulative series with exemplars. */
export class SpanMetrics implements SpanObserver {
  private readonly cells = new Map<string, Cell>();
  private readonly bounds: Float64Array;
  private readonly overflow: Counter;
  private readonly ticker: Ticker;
  private described = false;

  constructor(
    private readonly series: SeriesWriter,
    private readonly clock: Clock,
    private readonly config: SpanMetricsConfig,
    telemetry: Telemetry,
  ) {
    this.bounds = Float64Array.from(config.buckets).sort();
    this.ticker = new Ticker(clock, config.interval, (at) => this.emit(at));
    telemetry.observedGauge(
      'telltale_ingest_span_metric_label_sets',
      'Label sets of span metrics.',
      () => this.cells.size,
    );
    this.overflow = telemetry.counter(
      'telltale_ingest_span_metric_overflow_total',
      'Spans counted under the operation "other" because there were too many label sets.',
    );
  }

  start(): void {
    if (this.config.enabled) this.ticker.start();
  }

  /** Writes what has not been written. */
  async stop(): Promise<void> {
    this.ticker.stop();
    await this.emit(this.clock.now());
  }

  observeColumns(columns: SpanColumns, skip: Uint8Array, from: number, to: number): void {
    if (!this.config.enabled) return;
    let scope = -1;
    let service = '';
    for (let row = from; row < to; row++) {
      if (skip[row] === 1) continue;
      if (columns.cell(row, SPAN_CELL.scope) !== scope) {
        scope = columns.cell(row, SPAN_CELL.scope);
        service = serviceNameOf(columns.resourceOf(row));
      }
      const cell = this.cell({
        service,
        name: columns.name(row),
        kind: columns.cell(row, SPAN_CELL.kind),
        status: columns.cell(row, SPAN_CELL.status),
        stage: '',
        model: '',
      });
      const seconds = columns.durationNano(row) / 1e9;
      const bucket = this.count(cell, seconds);
      if (cell.slowest === undefined || seconds > cell.slowest.seconds) {
        cell.slowest = { seconds, bucket, traceId: columns.traceId(row), spanId: columns.spanId(row) };
      }
    }
  }

  observeSpans(spans: readonly Span[]): void {
    if (!this.config.enabled) return;
    for (const span of spans) {
      const cell = this.cell({
        service: serviceNameOf(span.resource),
        name: span.name,
        kind: SPAN_KINDS.indexOf(span.kind),
        status: SPAN_STATUSES.indexOf(span.status.code),
        stage: textOf(span, STAGE_ATTRIBUTE),
        model: textOf(span, GEN_AI.requestModel),
      });
      const seconds = Number(durationNano(span)) / 1e9;
      const bucket = this.count(cell, seconds);
      if (cell.slowest === undefined || seconds > cell.slowest.seconds) {
        cell.slowest = { seconds, bucket, traceId: span.traceId, spanId: span.spanId };
      }
    }
  }

  /** Appends what changed since the last time, and what has not been repeated for a while. */
  async emit(at: EpochMillis): Promise<void> {
    const samples: IncomingSample[] = [];
    for (const cell of this.cells.values()) {
      if (!cell.changed && at - cell.emittedAt < REPEAT_PERIOD) continue;
      // A counter that begins at its first value hides that value from rate() and increase().
      if (cell.emittedAt === 0) this.sample(cell, at - this.config.interval, samples, true);
      this.sample(cell, at, samples, false);
      cell.changed = false;
      cell.emittedAt = at;
      cell.slowest = undefined;
    }
    if (samples.length === 0) return;
    if (!this.described) this.series.describe(METADATA);
    this.described = true;
    // Refused or failed: the next round brings the same sums.
    await this.series.append(samples).catch(() => undefined);
  }

  private sample(cell: Cell, t: EpochMillis, samples: IncomingSample[], zero: boolean): void {
    let cumulative = 0;
    cell.buckets.forEach((labels, index) => {
      cumulative += zero ? 0 : (cell.counts[index] ?? 0);
      const exemplar = !zero && cell.slowest?.bucket === index ? exemplarOf(cell.slowest, t) : undefined;
      samples.push(exemplar ? { labels, t, value: cumulative, exemplar } : { labels, t, value: cumulative });
    });
    const total = zero ? 0 : cell.total;
    samples.push(
      { labels: cell.calls, t, value: total },
      { labels: cell.count, t, value: total },
      { labels: cell.sum, t, value: zero ? 0 : cell.seconds },
    );
  }

  private count(cell: Cell, seconds: number): number {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (seconds <= (this.bounds[middle] ?? Infinity)) high = middle;
      else low = middle + 1;
    }
    cell.counts[low] = (cell.counts[low] ?? 0) + 1;
    cell.total++;
    cell.seconds += seconds;
    cell.changed = true;
    return low;
  }

  private cell(key: Key): Cell {
    const id = `${key.service}\u0000${key.name}\u0000${key.kind}${key.status}\u0000${key.stage}\u0000${key.model}`;
    const known = this.cells.get(id);
    if (known) return known;
    if (this.cells.size >= this.config.maxSeries && key.name !== OTHER) {
      this.overflow.add();
      return this.cell({ ...key, name: OTHER, stage: '', model: '' });
    }
    // One set per service, kind and status is still as many as a sender likes to name.
    if (this.cells.size >= 2 * this.config.maxSeries && key.service !== OTHER)
      return this.cell({ ...key, service: OTHER });
    const made = this.make(key);
    this.cells.set(id, made);
    return made;
  }

  private make({ service, name, kind, status, stage, model }: Key): Cell {
    // In the order of their names, as a label set has them, without those that are not set.
    const common = [
      ['model', model],
      ['service_name', service],
      ['span_kind', `SPAN_KIND_${(SPAN_KINDS[kind] ?? 'unspecified').toUpperCase()}`],
      ['span_name', name],
      ['stage', stage],
      ['status_code', `STATUS_CODE_${(SPAN_STATUSES[status] ?? 'unset').toUpperCase()}`],
    ]
      .filter(([, value]) => value !== '')
      .flat();
    const named = (metric: string, le: readonly string[] = []): Labels =>
      Labels.fromSorted([METRIC_NAME, metric, ...le, ...common]);
    const bounds = [...this.bounds].map(String).concat('+Inf');
    return {
      calls: named(SPAN_METRICS.calls),
      buckets: bounds.map((le) => named(`${SPAN_METRICS.duration}_bucket`, ['le', le])),
      sum: named(`${SPAN_METRICS.duration}_sum`),
      count: named(`${SPAN_METRICS.duration}_count`),
      counts: new Float64Array(bounds.length),
      total: 0,
      seconds: 0,
      changed: true,
      emittedAt: 0,
      slowest: undefined,
    };
  }
}

const METADATA: ReadonlyMap<string, MetricMetadata> = new Map([
  [SPAN_METRICS.calls, { type: 'counter', help: 'Spans, by service, operation, kind and status.', unit: '' }],
  [SPAN_METRICS.duration, { type: 'histogram', help: 'Durations of spans.', unit: 'seconds' }],
]);

function exemplarOf({ traceId, spanId, seconds }: NonNullable<Cell['slowest']>, t: EpochMillis): Exemplar {
  return { labels: Labels.of({ trace_id: traceId, span_id: spanId }), value: seconds, t };
}

function textOf(span: Span, key: string): string {
  const value = span.attributes[key];
  return value === undefined ? '' : attributeToText(value);
}
