import type { Clock, EpochMillis } from '../base/clock';
import type { Counter, Telemetry } from '../base/telemetry';
import type { LogRecord } from '../domain/log-record';
import type { ResourceMetrics } from '../domain/metric-point';
import type { MetricMetadata } from '../domain/sample';
import type { Span } from '../domain/span';
import {
  decodeLogs,
  decodeLogsJson,
  decodeMetrics,
  decodeMetricsJson,
  decodeTraces,
  decodeTracesJson,
  encodeLogs,
  encodeTraces,
  FULL_SUCCESS,
} from '../otlp';
import type { LogColumns, PartialSuccess, Signal, SpanColumns } from '../otlp';
import type { IncomingSample, SeriesWriter, SpanWriter } from '../storage';
import type { IngestConfig } from './ingest.config';
import { checkLimits } from './limits';
import { markedRowFinder } from './marked-rows';
import type { MarkedRows } from './marked-rows';
import { RecentRequests } from './recent-requests';
import type { IngestStage, StageContext, Transport } from './stages/stage';
import type { MarkerText } from './text-finder';
import { TurnBudget } from './turn-budget';

/** The encodings of OTLP. */
export type OtlpFormat = 'protobuf' | 'json';

/** Turns OTLP metrics into samples; keeps what delta sums need. */
export interface MetricsConverter {
  convert(
    metrics: ResourceMetrics[],
    at: EpochMillis,
  ): {
    readonly samples: readonly IncomingSample[];
    readonly metadata: ReadonlyMap<string, MetricMetadata>;
    readonly rejected: { readonly count: number; readonly message: string };
  };
}

/** Counts spans before any is dropped. */
export interface SpanObserver {
  /** Spans no stage changed, still in columns; rows with a 1 in `skip` are not among them. */
  observeColumns(columns: SpanColumns, skip: Uint8Array): void;
  observeSpans(spans: readonly Span[]): void;
}

/** What the pipeline is made of. */
export interface IngestPipelineOptions {
  /** In the order in which they run. */
  readonly stages: readonly IngestStage[];
  readonly spanStore: SpanWriter;
  readonly seriesStore: SeriesWriter;
  readonly converter: MetricsConverter;
  readonly observer?: SpanObserver;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly config: Pick<IngestConfig, 'maxAttributes' | 'maxRecordBytes' | 'resendWindow'>;
}

/** Milliseconds of decoding and stages per turn of the event loop; a request once begun is not interrupted. */
const TURN_SHARE = 4;

/** Telemetry in: limits, stages, stores. What it resolves with is durable. */
export class IngestPipeline {
  private readonly marked: Readonly<Record<'traces' | 'logs', MarkedRows | undefined>>;
  private readonly recent: RecentRequests;
  private readonly turns: TurnBudget;
  private readonly received: Readonly<Record<Signal, Counter>>;
  private readonly rejected: Readonly<Record<Signal, Counter>>;

  constructor(private readonly options: IngestPipelineOptions) {
    const { stages, clock, config, telemetry } = options;
    this.marked = {
      traces: finderOf(stages.filter((stage) => stage.traces)),
      logs: finderOf(stages.filter((stage) => stage.logs)),
    };
    this.recent = new RecentRequests(clock, config.resendWindow);
    this.turns = new TurnBudget(clock, TURN_SHARE);
    const counters = (name: string, help: string): Record<Signal, Counter> => ({
      traces: telemetry.counter(name, help, { signal: 'traces' }),
      metrics: telemetry.counter(name, help, { signal: 'metrics' }),
      logs: telemetry.counter(name, help, { signal: 'logs' }),
    });
    this.received = counters('telltale_ingest_records_total', 'Spans, data points and log records received.');
    this.rejected = counters('telltale_ingest_rejected_records_total', 'Records of accepted requests not taken.');
  }

  /**
   * An ExportTraceServiceRequest. Equal bytes that come again lately get the first one's outcome.
   * @throws OtlpDecodeError, OverloadedError, StoreUnavailableError, or what a stage throws: then nothing counts as taken.
   */
  async traces(body: Uint8Array, format: OtlpFormat, transport: Transport): Promise<PartialSuccess> {
    return this.recent.once('traces', body, async () => {
      await this.turns.enter();
      return this.takeSpans(format === 'json' ? decodeTracesJson(body) : decodeTraces(body), transport);
    });
  }

  /** An ExportLogsServiceRequest; as `traces`. */
  async logs(body: Uint8Array, format: OtlpFormat, transport: Transport): Promise<PartialSuccess> {
    return this.recent.once('logs', body, async () => {
      await this.turns.enter();
      return this.takeLogs(format === 'json' ? decodeLogsJson(body) : decodeLogs(body), transport);
    });
  }

  /** An ExportMetricsServiceRequest; as `traces`. */
  async metrics(body: Uint8Array, format: OtlpFormat): Promise<PartialSuccess> {
    return this.recent.once('metrics', body, async () => {
      await this.turns.enter();
      return this.takeMetrics(format === 'json' ? decodeMetricsJson(body) : decodeMetrics(body));
    });
  }

  /** Spans that did not come over the wire; they pass all stages. */
  async acceptSpans(spans: readonly Span[], transport: Transport): Promise<PartialSuccess> {
    return spans.length === 0 ? FULL_SUCCESS : this.takeSpans(decodeTraces(encodeTraces(spans)), transport);
  }

  /** Log records that did not come over the wire; they pass all stages. */
  async acceptLogs(records: readonly LogRecord[], transport: Transport): Promise<PartialSuccess> {
    return records.length === 0 ? FULL_SUCCESS : this.takeLogs(decodeLogs(encodeLogs(records)), transport);
  }

  private async takeSpans(columns: SpanColumns, transport: Transport): Promise<PartialSuccess> {
    const skip = new Uint8Array(columns.length);
    const refusal = checkLimits(columns, skip, this.options.config);
    const run = new StageRun(this.options.clock.now(), transport);
    const touched = this.touchedRows('traces', columns, skip);
    const before = touched.map((row) => columns.span(row));
    const after = await this.runStages('traces', before, run.context);
    const kept = new Set<Span>(after);
    const untouched = new Set<Span>();
    touched.forEach((row, index) => {
      const span = before[index];
      if (span !== undefined && kept.has(span)) untouched.add(span);
      else skip[row] = 1;
    });
    const changed = after.filter((span) => !untouched.has(span));
    this.options.observer?.observeColumns(columns, skip);
    this.options.observer?.observeSpans(changed);
    const whole = columns.length;
    run.add(this.storeSpans(columns, skip));
    run.add(this.options.spanStore.write([...changed, ...run.spans]));
    await this.finish(run);
    return this.outcome('traces', whole, [columns.rejected, refusal]);
  }

  private async takeLogs(columns: LogColumns, transport: Transport): Promise<PartialSuccess> {
    const skip = new Uint8Array(columns.length);
    const refusal = checkLimits(columns, skip, this.options.config);
    const run = new StageRun(this.options.clock.now(), transport);
    const touched = this.touchedRows('logs', columns, skip);
    const before = touched.map((row) => columns.record(row));
    const after = await this.runStages('logs', before, run.context);
    const kept = new Set<LogRecord>(after);
    const untouched = new Set<LogRecord>();
    touched.forEach((row, index) => {
      const record = before[index];
      if (record !== undefined && kept.has(record)) untouched.add(record);
      else skip[row] = 1;
    });
    const changed = after.filter((record) => !untouched.has(record));
    const whole = columns.length;
    run.add(this.storeLogs(columns, skip));
    run.add(this.options.spanStore.writeLogs(changed));
    run.add(this.options.spanStore.write(run.spans));
    await this.finish(run);
    return this.outcome('logs', whole, [columns.rejected, refusal]);
  }

  private async takeMetrics(metrics: ResourceMetrics[]): Promise<PartialSuccess> {
    const { converter, seriesStore, clock } = this.options;
    const at = clock.now();
    const staged = this.options.stages.reduce<readonly ResourceMetrics[]>(
      (current, stage) => stage.metrics?.(current, at) ?? current,
      metrics,
    );
    const { samples, metadata, rejected } = converter.convert([...staged], at);
    seriesStore.describe(metadata);
    const { refused, examples } = await seriesStore.append(samples);
    const refusedCount = Object.entries(refused).reduce(
      // A point sent again is no loss.
      (total, [reason, count]) => (reason === 'duplicate' ? total : total + count),
      0,
    );
    const [reason, example] = Object.entries(examples).find(([name]) => name !== 'duplicate') ?? ['', ''];
    return this.outcome('metrics', samples.length, [
      rejected,
      { count: refusedCount, message: reason === '' ? '' : `${reason.replaceAll('_', ' ')}: ${example}` },
    ]);
  }

  /** Runs a request's objects through the stages; each stage gets what the one before returned. */
  private async runStages(signal: 'traces', items: readonly Span[], context: StageContext): Promise<readonly Span[]>;
  private async runStages(
    signal: 'logs',
    items: readonly LogRecord[],
    context: StageContext,
  ): Promise<readonly LogRecord[]>;
  private async runStages(
    signal: 'traces' | 'logs',
    items: readonly (Span | LogRecord)[],
    context: StageContext,
  ): Promise<readonly (Span | LogRecord)[]> {
    if (items.length === 0) return items;
    let current = items;
    for (const stage of this.options.stages) {
      if (signal === 'traces') current = (await stage.traces?.(current.filter(isSpan), context)) ?? current;
      else current = (await stage.logs?.(current.filter(isLogRecord), context)) ?? current;
    }
    return current;
  }

  /** Rows that some stage wants to see. */
  private touchedRows(signal: 'traces' | 'logs', columns: SpanColumns | LogColumns, skip: Uint8Array): number[] {
    const rows = new Uint8Array(columns.length);
    const find = this.marked[signal];
    if (find === undefined) rows.fill(1);
    else if (find(columns, rows) === 0) return [];
    const touched: number[] = [];
    for (let row = 0; row < rows.length; row++) if (rows[row] === 1 && skip[row] === 0) touched.push(row);
    return touched;
  }

  private storeSpans(columns: SpanColumns, skip: Uint8Array<ArrayBuffer>): Promise<void> {
    const { spanStore } = this.options;
    const kept = countZeros(skip);
    if (kept === 0) return Promise.resolve();
    if (spanStore.writeEncoded) return spanStore.writeEncoded(columns.parts, kept === skip.length ? undefined : skip);
    return spanStore.write(columns.spans().filter((_, row) => skip[row] === 0));
  }

  private storeLogs(columns: LogColumns, skip: Uint8Array<ArrayBuffer>): Promise<void> {
    const { spanStore } = this.options;
    const kept = countZeros(skip);
    if (kept === 0) return Promise.resolve();
    if (spanStore.writeEncodedLogs) {
      return spanStore.writeEncodedLogs(columns.parts, kept === skip.length ? undefined : skip);
    }
    return spanStore.writeLogs(columns.records().filter((_, row) => skip[row] === 0));
  }

  /** Waits for everything; of several faults the first is thrown, none is left unhandled. */
  private async finish(run: StageRun): Promise<void> {
    if (run.samples.length > 0) {
      this.options.seriesStore.describe(run.metadata);
      run.add(this.options.seriesStore.append(run.samples));
    }
    const outcomes = await Promise.allSettled(run.work);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private outcome(
    signal: Signal,
    taken: number,
    refusals: readonly { count: number; message: string }[],
  ): PartialSuccess {
    const rejected = refusals.reduce((total, { count }) => total + count, 0);
    this.received[signal].add(taken);
    if (rejected === 0) return FULL_SUCCESS;
    this.rejected[signal].add(rejected);
    return {
      rejected,
      message: refusals
        .map(({ message }) => message)
        .filter((message) => message !== '')
        .join('; '),
    };
  }
}

/** What the stages of one request add to it. */
class StageRun {
  readonly spans: Span[] = [];
  readonly samples: IncomingSample[] = [];
  readonly metadata = new Map<string, MetricMetadata>();
  readonly work: Promise<unknown>[] = [];
  readonly context: StageContext;

  constructor(at: EpochMillis, transport: Transport) {
    this.context = {
      at,
      transport,
      emitSpans: (spans) => void this.spans.push(...spans),
      emitSamples: (samples, metadata) => {
        for (const sample of samples) this.samples.push(sample);
        for (const [name, value] of metadata ?? []) this.metadata.set(name, value);
      },
      emitDurable: (work) => this.add(work),
    };
  }

  add(work: Promise<unknown>): void {
    // Handled in `finish`; until then a rejection must not count as unhandled.
    work.catch(() => undefined);
    this.work.push(work);
  }
}

/** Undefined when some stage wants every row. */
function finderOf(stages: readonly IngestStage[]): MarkedRows | undefined {
  const markers: string[] = [];
  const texts: MarkerText[] = [];
  for (const stage of stages) {
    if (stage.markers === undefined) return undefined;
    markers.push(...stage.markers);
    texts.push(...(stage.markerTexts ?? []));
  }
  const asked = stages.filter((stage) => stage.wantsKey);
  if (asked.length === 0) return markedRowFinder({ markers, texts });
  return markedRowFinder({ markers, texts, wantsKey: (key) => asked.some((stage) => stage.wantsKey?.(key)) });
}

function countZeros(skip: Uint8Array): number {
  let zeros = 0;
  for (const value of skip) if (value === 0) zeros++;
  return zeros;
}

function isSpan(item: Span | LogRecord): item is Span {
  return 'startUnixNano' in item;
}

function isLogRecord(item: Span | LogRecord): item is LogRecord {
  return 'severityNumber' in item;
}
