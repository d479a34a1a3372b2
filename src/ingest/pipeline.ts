import type { Clock } from '../base/clock';
import type { Counter, Telemetry } from '../base/telemetry';
import type { LogRecord } from '../domain/log-record';
import type { Span } from '../domain/span';
import {
  decodeLogs,
  decodeTraces,
  encodeLogs,
  encodeTraces,
  FULL_SUCCESS,
  selectRows,
  stepwiseLogs,
  stepwiseTraces,
} from '../otlp';
import type { LogColumns, MessageName, PartialSuccess, Signal, SpanColumns, StepwiseDecoding } from '../otlp';
import type { SeriesWriter, SpanWriter } from '../storage';
import { batchesOfRows } from './batches';
import { ChangedRecords } from './changed-records';
import type { IngestConfig } from './ingest.config';
import { JsonConverter } from './json-converter';
import { checkLimits } from './limits';
import { bytesOfRow, markedRowFinder } from './marked-rows';
import type { MarkedRows } from './marked-rows';
import { MetricsIntake } from './metrics-intake';
import type { MetricsConverter } from './metrics-intake';
import { RecentRequests } from './recent-requests';
import type { RequestSink, SpanObserver } from './sinks';
import { StageRun } from './stage-run';
import type { IngestStage, StageContext, Transport } from './stages/stage';
import type { MarkerText } from './text-finder';
import { TurnBudget } from './turn-budget';

/** The encodings of OTLP. */
export type OtlpFormat = 'protobuf' | 'json';

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
  wholeBytes: 262_144,
  decoded: { records: 1000, bytes: 131_072 },
  marked: { rows: 256, bytes: 262_144 },
  objects: { most: 32, maxBytes: 32_768 },
  observedRows: 64,
  copiedBytes: 1_048_576,
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
  private readonly metricsIntake: MetricsIntake;
  private readonly json = new JsonConverter(() => this.turns.enter());
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
    this.metricsIntake = new MetricsIntake(options, () => this.turns.enter());
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
      const { taken, refusals } = await this.metricsIntake.take(bytes);
      return this.outcome('metrics', taken, refusals);
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
    const { records, bytes } = STEP.decoded;
    while (decoding.step(records, bytes)) await this.turns.enter();
    await this.turns.enter();
    return decoding.finish();
  }

  private async takeSpans(columns: SpanColumns, transport: Transport): Promise<PartialSuccess> {
    const { length } = columns;
    const skip = new Uint8Array(length);
    const refusal = checkLimits(columns, skip, this.options.config);
    const run = this.startRun(transport);
    const changed = new ChangedRecords(encodeTraces);
    for (const rows of await this.touchedBatches('traces', columns, skip)) {
      await this.turns.enter();
      const before = rows.map((row) => columns.span(row));
      changed.add(replacements(rows, before, await this.runStages('traces', before, run.context), skip));
    }
    await this.observe(columns, skip);
    const many = changed.few ? undefined : await this.inSteps(stepwiseTraces(await this.endToEnd(changed.encoded())));
    if (many !== undefined) await this.observeAll(many);
    else if (changed.few) this.options.observer?.observeSpans(changed.few);
    const onward = this.onward('traces', columns, skip);
    await this.turns.enter();
    run.add(this.storeSpans(columns, skip));
    if (many !== undefined) run.add(this.storeSpans(many, new Uint8Array(many.length)));
    run.add(this.options.spanStore.write([...(changed.few ?? []), ...run.spans]));
    await this.finish(run);
    await this.forward('traces', onward, changed);
    return this.outcome('traces', length, [columns.rejected, refusal]);
  }

  private async takeLogs(columns: LogColumns, transport: Transport): Promise<PartialSuccess> {
    const { length } = columns;
    const skip = new Uint8Array(length);
    const refusal = checkLimits(columns, skip, this.options.config);
    const run = this.startRun(transport);
    const changed = new ChangedRecords(encodeLogs);
    for (const rows of await this.touchedBatches('logs', columns, skip)) {
      await this.turns.enter();
      const before = rows.map((row) => columns.record(row));
      changed.add(replacements(rows, before, await this.runStages('logs', before, run.context), skip));
    }
    const many = changed.few ? undefined : await this.inSteps(stepwiseLogs(await this.endToEnd(changed.encoded())));
    const onward = this.onward('logs', columns, skip);
    await this.turns.enter();
    run.add(this.storeLogs(columns, skip));
    if (many !== undefined) run.add(this.storeLogs(many, new Uint8Array(many.length)));
    else if (changed.few) run.add(this.options.spanStore.writeLogs(changed.few));
    run.add(this.options.spanStore.write(run.spans));
    await this.finish(run);
    await this.forward('logs', onward, changed);
    return this.outcome('logs', length, [columns.rejected, refusal]);
  }

  private startRun(transport: Transport): StageRun {
    return new StageRun(this.options.clock.now(), transport, () => this.turns.enter());
  }

  /** As `endToEnd`, in steps. */
  private async endToEnd(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    let copied = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
      if (at - copied < STEP.copiedBytes) continue;
      copied = at;
      await this.turns.enter();
    }
    return whole;
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
    changed: ChangedRecords<T>,
  ): Promise<void> {
    const { forwarder } = this.options;
    if (forwarder?.wants(signal) !== true) return;
    if (unchanged !== undefined) await forwarder.offer(signal, unchanged);
    for (const part of changed.encoded()) {
      await this.turns.enter();
      await forwarder.offer(signal, part);
    }
  }

  private async observe(columns: SpanColumns, skip: Uint8Array): Promise<void> {
    const { observer } = this.options;
    if (observer === undefined) return;
    for (let from = 0; from < columns.length; from += STEP.observedRows) {
      await this.turns.enter();
      observer.observeColumns(columns, skip, from, Math.min(columns.length, from + STEP.observedRows));
    }
  }

  /** Spans with what stages gave them: read again, in batches. */
  private async observeAll(columns: SpanColumns): Promise<void> {
    const rows = Array.from({ length: columns.length }, (_, row) => row);
    for (const batch of batchesOfRows(rows, (row) => bytesOfRow(columns, row), STEP.objects)) {
      await this.turns.enter();
      this.options.observer?.observeSpans(batch.map((row) => columns.span(row)));
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

  /** Rows that some stage wants to see, in batches of a millisecond's work. */
  private async touchedBatches(
    signal: 'traces' | 'logs',
    columns: SpanColumns | LogColumns,
    skip: Uint8Array,
  ): Promise<Iterable<readonly number[]>> {
    const rows = new Uint8Array(columns.length);
    const find = this.marked[signal];
    if (find === undefined) rows.fill(1);
    for (let from = 0; find !== undefined && from < rows.length;) {
      await this.turns.enter();
      let to = from;
      for (let bytes = 0; to < rows.length && to - from < STEP.marked.rows && bytes < STEP.marked.bytes; to++)
        bytes += bytesOfRow(columns, to);
      find(columns, rows, from, to);
      from = to;
    }
    const touched: number[] = [];
    for (let row = 0; row < rows.length; row++) if (rows[row] === 1 && skip[row] === 0) touched.push(row);
    return batchesOfRows(touched, (row) => bytesOfRow(columns, row), STEP.objects);
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
