import type { Clock, EpochMillis } from '../base/clock';
import type { Counter, Telemetry } from '../base/telemetry';
import type { LogRecord } from '../domain/log-record';
import type { ResourceMetrics } from '../domain/metric-point';
import type { MetricMetadata } from '../domain/sample';
import type { Span } from '../domain/span';
import {
  decodeLogs,
  decodeMetrics,
  decodeTraces,
  encodeLogs,
  encodeMetrics,
  encodeTraces,
  FULL_SUCCESS,
  selectRows,
  splitRequest,
  stepwiseLogs,
  stepwiseTraces,
} from '../otlp';
import type { LogColumns, MessageName, PartialSuccess, Signal, SpanColumns, StepwiseDecoding } from '../otlp';
import type { IncomingSample, SeriesWriter, SpanWriter } from '../storage';
import { batchesOf, endToEnd } from './batches';
import type { IngestConfig } from './ingest.config';
import { JsonConverter } from './json-converter';
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
  /** A stretch of spans no stage changed, still in columns; rows with a 1 in `skip` are not among them. */
  observeColumns(columns: SpanColumns, skip: Uint8Array, from: number, to: number): void;
  observeSpans(spans: readonly Span[]): void;
}

/** Takes requests that go elsewhere as well. Never waits, never throws. */
export interface RequestSink {
  wants(signal: Signal): boolean;
  offer(signal: Signal, body: Uint8Array<ArrayBuffer>): void;
}

/** What the pipeline is made of. */
export interface IngestPipelineOptions {
  /** In the order in which they run. */
  readonly stages: readonly IngestStage[];
  readonly spanStore: SpanWriter;
  readonly seriesStore: SeriesWriter;
  readonly converter: MetricsConverter;
  readonly observer?: SpanObserver;
  /** Gets what was stored, once it is. */
  readonly forwarder?: RequestSink;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly config: Pick<IngestConfig, 'maxAttributes' | 'maxRecordBytes' | 'resendWindow'>;
}

/** Milliseconds of work per turn of the event loop. Large requests are worked on in steps, with turns for others between. */
const TURN_SHARE = 4;

/** What one step may cost: about a millisecond each. */
const STEP = {
  /** Requests up to so many bytes are decoded at once. */
  wholeBytes: 256 * 1024,
  decodedRecords: 1000,
  markedRows: 256,
  objects: 32,
  observedRows: 1000,
  metricBytes: 64 * 1024,
} as const;

const REQUESTS: Readonly<Record<Signal, MessageName>> = {
  traces: 'TracesRequest',
  metrics: 'MetricsRequest',
  logs: 'LogsRequest',
};

/** Telemetry in: limits, stages, stores. What it resolves with is durable. */
export class IngestPipeline {
  private readonly marked: Readonly<Record<'traces' | 'logs', MarkedRows | undefined>>;
  private readonly recent: RecentRequests;
  private readonly turns: TurnBudget;
  private readonly json = new JsonConverter();
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
  traces(body: Uint8Array, format: OtlpFormat, transport: Transport): Promise<PartialSuccess> {
    return this.once('traces', body, format, async (bytes) => {
      const columns =
        bytes.byteLength <= STEP.wholeBytes ? decodeTraces(bytes) : await this.inSteps(stepwiseTraces(bytes));
      return this.takeSpans(columns, transport);
    });
  }

  /** An ExportLogsServiceRequest; as `traces`. */
  logs(body: Uint8Array, format: OtlpFormat, transport: Transport): Promise<PartialSuccess> {
    return this.once('logs', body, format, async (bytes) => {
      const columns = bytes.byteLength <= STEP.wholeBytes ? decodeLogs(bytes) : await this.inSteps(stepwiseLogs(bytes));
      return this.takeLogs(columns, transport);
    });
  }

  /** An ExportMetricsServiceRequest; as `traces`. */
  metrics(body: Uint8Array, format: OtlpFormat): Promise<PartialSuccess> {
    return this.once('metrics', body, format, async (bytes) => {
      if (bytes.byteLength <= STEP.wholeBytes) return this.takeMetrics([decodeMetrics(bytes)]);
      // All of it is decoded before any of it is taken.
      const parts: ResourceMetrics[][] = [];
      for (const part of splitRequest(bytes, STEP.metricBytes)) {
        await this.turns.enter();
        parts.push(decodeMetrics(part));
      }
      return this.takeMetrics(parts);
    });
  }

  /** Ends what runs beside the main thread. */
  stop(): Promise<void> {
    return this.json.stop();
  }

  /** Spans that did not come over the wire; they pass all stages. */
  async acceptSpans(spans: readonly Span[], transport: Transport): Promise<PartialSuccess> {
    return spans.length === 0 ? FULL_SUCCESS : this.takeSpans(decodeTraces(encodeTraces(spans)), transport);
  }

  /** Log records that did not come over the wire; they pass all stages. */
  async acceptLogs(records: readonly LogRecord[], transport: Transport): Promise<PartialSuccess> {
    return records.length === 0 ? FULL_SUCCESS : this.takeLogs(decodeLogs(encodeLogs(records)), transport);
  }

  private once(
    signal: Signal,
    body: Uint8Array,
    format: OtlpFormat,
    take: (bytes: Uint8Array) => Promise<PartialSuccess>,
  ): Promise<PartialSuccess> {
    const pause = (): Promise<void> => this.turns.enter();
    return this.recent.once(
      signal,
      body,
      async () => {
        await pause();
        return take(format === 'json' ? await this.json.toProtobuf(body, REQUESTS[signal]) : body);
      },
      pause,
    );
  }

  private async inSteps<C>(decoding: StepwiseDecoding<C>): Promise<C> {
    while (decoding.step(STEP.decodedRecords)) await this.turns.enter();
    return decoding.finish();
  }

  private async takeSpans(columns: SpanColumns, transport: Transport): Promise<PartialSuccess> {
    const skip = new Uint8Array(columns.length);
    const refusal = checkLimits(columns, skip, this.options.config);
    const run = new StageRun(this.options.clock.now(), transport);
    const changed: Span[] = [];
    for (const rows of batchesOf(await this.touchedRows('traces', columns, skip), STEP.objects)) {
      await this.turns.enter();
      const before = rows.map((row) => columns.span(row));
      const after = await this.runStages('traces', before, run.context);
      changed.push(...replacements(rows, before, after, skip));
    }
    await this.observe(columns, skip, changed);
    const whole = columns.length;
    const onward = this.onward('traces', columns, skip);
    run.add(this.storeSpans(columns, skip));
    run.add(this.storeChangedSpans([...changed, ...run.spans]));
    await this.finish(run);
    await this.forward('traces', onward, changed, encodeTraces);
    return this.outcome('traces', whole, [columns.rejected, refusal]);
  }

  private async takeLogs(columns: LogColumns, transport: Transport): Promise<PartialSuccess> {
    const skip = new Uint8Array(columns.length);
    const refusal = checkLimits(columns, skip, this.options.config);
    const run = new StageRun(this.options.clock.now(), transport);
    const changed: LogRecord[] = [];
    for (const rows of batchesOf(await this.touchedRows('logs', columns, skip), STEP.objects)) {
      await this.turns.enter();
      const before = rows.map((row) => columns.record(row));
      const after = await this.runStages('logs', before, run.context);
      changed.push(...replacements(rows, before, after, skip));
    }
    const whole = columns.length;
    const onward = this.onward('logs', columns, skip);
    run.add(this.storeLogs(columns, skip));
    run.add(this.storeChangedLogs(changed));
    run.add(this.options.spanStore.write(run.spans));
    await this.finish(run);
    await this.forward('logs', onward, changed, encodeLogs);
    return this.outcome('logs', whole, [columns.rejected, refusal]);
  }

  private async takeMetrics(parts: readonly ResourceMetrics[][]): Promise<PartialSuccess> {
    let taken = 0;
    const refusals: { count: number; message: string }[] = [];
    for (const metrics of parts) {
      await this.turns.enter();
      const { points, refused } = await this.appendMetrics(metrics);
      taken += points;
      refusals.push(...refused);
    }
    return this.outcome('metrics', taken, refusals);
  }

  private async appendMetrics(
    metrics: readonly ResourceMetrics[],
  ): Promise<{ points: number; refused: { count: number; message: string }[] }> {
    const { converter, seriesStore, clock } = this.options;
    const at = clock.now();
    const staged = this.options.stages.reduce<readonly ResourceMetrics[]>(
      (current, stage) => stage.metrics?.(current, at) ?? current,
      metrics,
    );
    const { samples, metadata, rejected } = converter.convert([...staged], at);
    seriesStore.describe(metadata);
    const { refused, examples } = await seriesStore.append(samples);
    if (this.options.forwarder?.wants('metrics') === true && staged.length > 0)
      this.options.forwarder.offer('metrics', encodeMetrics(staged));
    const refusedCount = Object.entries(refused).reduce(
      // A point sent again is no loss.
      (total, [reason, count]) => (reason === 'duplicate' ? total : total + count),
      0,
    );
    const [reason, example] = Object.entries(examples).find(([name]) => name !== 'duplicate') ?? ['', ''];
    const message = reason === '' ? '' : `${reason.replaceAll('_', ' ')}: ${example}`;
    return { points: samples.length, refused: [rejected, { count: refusedCount, message }] };
  }

  /** What no stage changed, to be forwarded; taken before the store takes the bytes. */
  private onward(
    signal: 'traces' | 'logs',
    columns: SpanColumns | LogColumns,
    skip: Uint8Array,
  ): Uint8Array<ArrayBuffer> | undefined {
    return this.options.forwarder?.wants(signal) === true ? selectRows(columns, skip) : undefined;
  }

  private async forward<T>(
    signal: 'traces' | 'logs',
    unchanged: Uint8Array<ArrayBuffer> | undefined,
    changed: readonly T[],
    encode: (items: readonly T[]) => Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { forwarder } = this.options;
    if (forwarder?.wants(signal) !== true) return;
    if (unchanged !== undefined) forwarder.offer(signal, unchanged);
    for (const batch of batchesOf(changed, STEP.markedRows)) {
      await this.turns.enter();
      forwarder.offer(signal, encode(batch));
    }
  }

  private async observe(columns: SpanColumns, skip: Uint8Array, changed: readonly Span[]): Promise<void> {
    const { observer } = this.options;
    if (observer === undefined) return;
    for (let from = 0; from < columns.length; from += STEP.observedRows) {
      await this.turns.enter();
      observer.observeColumns(columns, skip, from, Math.min(columns.length, from + STEP.observedRows));
    }
    for (const spans of batchesOf(changed, STEP.observedRows)) {
      await this.turns.enter();
      observer.observeSpans(spans);
    }
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
  private async touchedRows(
    signal: 'traces' | 'logs',
    columns: SpanColumns | LogColumns,
    skip: Uint8Array,
  ): Promise<number[]> {
    const rows = new Uint8Array(columns.length);
    const find = this.marked[signal];
    if (find === undefined) rows.fill(1);
    for (let from = 0; find !== undefined && from < rows.length; from += STEP.markedRows) {
      if (from > 0) await this.turns.enter();
      find(columns, rows, from, Math.min(rows.length, from + STEP.markedRows));
    }
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

  /** Changed spans in one piece, encoded in steps: protobuf messages laid end to end are one message. */
  private async storeChangedSpans(spans: readonly Span[]): Promise<void> {
    const { spanStore } = this.options;
    if (spanStore.writeEncoded === undefined || spans.length <= STEP.objects) return spanStore.write(spans);
    const bytes = await this.encodeInSteps(spans, encodeTraces);
    return spanStore.writeEncoded((await this.inSteps(stepwiseTraces(bytes))).parts);
  }

  private async storeChangedLogs(records: readonly LogRecord[]): Promise<void> {
    const { spanStore } = this.options;
    if (spanStore.writeEncodedLogs === undefined || records.length <= STEP.objects) return spanStore.writeLogs(records);
    const bytes = await this.encodeInSteps(records, encodeLogs);
    return spanStore.writeEncodedLogs((await this.inSteps(stepwiseLogs(bytes))).parts);
  }

  private async encodeInSteps<T>(
    items: readonly T[],
    encode: (items: readonly T[]) => Uint8Array,
  ): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (const batch of batchesOf(items, STEP.markedRows)) {
      await this.turns.enter();
      parts.push(encode(batch));
    }
    return endToEnd(parts);
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

/**
 * What replaces the objects that a stage changed or dropped: marks those in `skip`, so that the rest goes to the disk as
 * it came.
 */
function replacements<T>(rows: readonly number[], before: readonly T[], after: readonly T[], skip: Uint8Array): T[] {
  const kept = new Set(after);
  const untouched = new Set<T>();
  rows.forEach((row, index) => {
    const item = before[index];
    if (item !== undefined && kept.has(item)) untouched.add(item);
    else skip[row] = 1;
  });
  return after.filter((item) => !untouched.has(item));
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
