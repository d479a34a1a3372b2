import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BenchDefinition } from '../base/bench';
import { systemClock } from '../base/clock';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { decodeTraces, encodeTraces, SPAN_CELL } from '../otlp';
import { sampleSpans } from '../otlp/testing/sample-spans';
import { spandbConfig, SqliteSpanStore } from '../spandb';
import type { SeriesWriter, TraceSearch } from '../storage';
import { dialects } from './dialects';
import { ingestConfig } from './ingest.config';
import { IngestPipeline } from './pipeline';
import { SpanMetrics } from './span-metrics';
import { RedactStage } from './stages/redact/redact-stage';
import type { IngestStage } from './stages/stage';

/** Spans per request: what an SDK's batch processor sends. */
const REQUEST_SPANS = 512;
/** In all; with `--full` the ten million over which memory must stay flat. */
const STORED_SPANS = { usual: 2_000_000, full: 10_000_000 };
const SINGLE_SPANS = 200_000;
/** Requests under way at once. */
const CONCURRENCY = 8;

/** Ingest as the stack does it, without the network: decode, limits, markers, redaction, span metrics, durable store. */
export const bench: BenchDefinition = {
  name: 'ingest',
  run: async (options) => {
    const decode = decodeRate();
    options.out(`decode to columns        ${rate(decode)} spans/s`);
    const single = await storedRate({ spans: SINGLE_SPANS, spansPerTrace: 1 });
    await single.close();
    options.out(`stored, 1-span traces    ${rate(single.perSecond)} spans/s`);
    const spans = options.full ? STORED_SPANS.full : STORED_SPANS.usual;
    const stored = await storedRate({ spans, spansPerTrace: 8 });
    options.out(`stored, 8-span traces    ${rate(stored.perSecond)} spans/s durable`);
    options.out(`main thread stall p99    ${stored.stallP99.toFixed(1)} ms`);
    const largest = await largestRequestStall(stored.pipeline);
    options.out(`stall, 20 MB request     ${largest.toFixed(1)} ms at worst`);
    options.out(`memory growth            ${stored.growth.toFixed(0)} MB from half to all of ${spans} spans`);
    const queries = await queryTimes(stored.store, stored.traceIds, stored.window);
    for (const [name, millis] of Object.entries(queries)) options.out(`${name.padEnd(24)} ${millis.toFixed(2)} ms`);
    const drop = await dropDay(stored.store, stored.clockShift);
    options.out(`drop a day               ${drop.toFixed(0)} ms`);
    await stored.close();
    return rounded({
      decodePerSecond: decode,
      storedPerSecond: stored.perSecond,
      storedSinglePerSecond: single.perSecond,
      stallP99Ms: stored.stallP99,
      largestRequestStallMs: largest,
      memoryGrowthMb: stored.growth,
      ...queries,
      dropDayMs: drop,
    });
  },
};

function rounded(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value * 100) / 100]));
}

/** Median of several rounds. */
function decodeRate(): number {
  const bytes = encodeTraces(sampleSpans(REQUEST_SPANS * 16));
  const rates: number[] = [];
  for (let round = 0; round < 30; round++) {
    const began = performance.now();
    const { length } = decodeTraces(bytes);
    rates.push((length / (performance.now() - began)) * 1000);
  }
  return median(rates.slice(10));
}

/** The longest the main thread is busy while one request of the largest size allowed is taken, every span of it marked. */
async function largestRequestStall(pipeline: IngestPipeline): Promise<number> {
  const worst: number[] = [];
  for (let round = 0; round < 3; round++) {
    const spans = sampleSpans(REQUEST_SPANS, { seed: 100 + round }).map((span) => ({
      ...span,
      attributes: { ...span.attributes, 'gen_ai.prompt': `prompt ${round}` },
    }));
    const some = encodeTraces(spans);
    const body = Buffer.concat(Array.from({ length: Math.floor(20e6 / some.byteLength) }, () => some));
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    await pipeline.traces(Uint8Array.from(body), 'protobuf', 'internal');
    delays.disable();
    worst.push(delays.max / 1e6);
  }
  return median(worst);
}

interface Stored {
  readonly pipeline: IngestPipeline;
  readonly store: SqliteSpanStore;
  readonly perSecond: number;
  readonly stallP99: number;
  readonly growth: number;
  readonly traceIds: readonly string[];
  readonly window: { readonly start: number; readonly end: number };
  readonly clockShift: { shift: number };
  close(): Promise<void>;
}

async function storedRate({ spans, spansPerTrace }: { spans: number; spansPerTrace: number }): Promise<Stored> {
  const dataDir = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  const clockShift = { shift: 0 };
  const clock = { ...clockOf(), now: () => systemClock.now() + clockShift.shift };
  const store = new SqliteSpanStore({
    dataDir,
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: spandbConfig.parse({}),
  });
  await store.start();
  const config = ingestConfig.parse({});
  const series: SeriesWriter = {
    append: (samples) => Promise.resolve({ appended: samples.length, refused: {}, examples: {} }),
    describe: () => undefined,
  };
  // What the dialects look for costs as much as it does in the stack; there is nothing to find here.
  const markers = [...new Set([...dialects].flatMap((dialect) => dialect.markers))];
  const dialectStage: IngestStage = { name: 'dialects', markers, traces: (given) => given };
  const pipeline = new IngestPipeline({
    stages: [dialectStage, new RedactStage(config.redaction, noTelemetry)],
    spanStore: store,
    seriesStore: series,
    converter: { convert: () => ({ samples: [], metadata: new Map(), rejected: { count: 0, message: '' } }) },
    observer: new SpanMetrics(series, systemClock, config.spanMetrics, noTelemetry),
    clock,
    telemetry: noTelemetry,
    config,
  });
  const source = new RequestSource(spansPerTrace, spans);
  // Compiled and warm before the clock starts.
  await pump(source, pipeline, REQUEST_SPANS * 40);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const began = performance.now();
  await pump(source, pipeline, Math.floor(spans / 2));
  const half = process.memoryUsage().rss;
  await pump(source, pipeline, spans - Math.floor(spans / 2));
  const seconds = (performance.now() - began) / 1000;
  delays.disable();
  const growth = (process.memoryUsage().rss - half) / 1e6;
  await store.flush();
  return {
    pipeline,
    store,
    perSecond: spans / seconds,
    stallP99: delays.percentile(99) / 1e6,
    growth,
    traceIds: source.traceIds,
    window: source.window,
    clockShift,
    close: async () => {
      await store.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function clockOf(): Omit<typeof systemClock, 'now'> {
  return {
    elapsed: () => systemClock.elapsed(),
    schedule: (delay, callback) => systemClock.schedule(delay, callback),
    sleep: (delay, signal) => systemClock.sleep(delay, signal),
  };
}

async function pump(source: RequestSource, pipeline: IngestPipeline, spans: number): Promise<void> {
  let left = Math.ceil(spans / REQUEST_SPANS);
  const lane = async (): Promise<void> => {
    while (left-- > 0) await pipeline.traces(source.next(), 'protobuf', 'internal');
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

/** Requests that differ in their ids and times only: making them costs next to nothing. */
class RequestSource {
  readonly traceIds: string[] = [];
  private readonly template: Uint8Array;
  private readonly rows: { trace: number; span: number; parent: number; start: number; end: number }[];
  private made = 0;
  private readonly begin: number;
  private readonly stepMillis: number;

  constructor(
    private readonly spansPerTrace: number,
    total: number,
  ) {
    this.begin = systemClock.now() - 3_600_000;
    this.stepMillis = 3_600_000 / (total / REQUEST_SPANS + 50);
    const spans = sampleSpans(REQUEST_SPANS, { spansPerTrace }).map((span) => {
      const { 'gen_ai.request.model': _model, 'telltale.stage': _stage, ...attributes } = span.attributes;
      const scope = { ...SCOPE };
      return {
        ...span,
        scope,
        attributes: { ...attributes, 'http.response.status_code': 200, 'server.address': 'api.example.com' },
      };
    });
    const scope = spans[0]?.scope ?? SCOPE;
    this.template = encodeTraces(spans.map((span) => ({ ...span, scope })));
    const columns = decodeTraces(this.template);
    this.rows = Array.from({ length: columns.length }, (_, row) => {
      const bytes = Buffer.from(this.template.buffer);
      const from = columns.cell(row, SPAN_CELL.start);
      // Tags of the two times: fixed64, fields 7 and 8, one behind the other.
      const time = bytes.indexOf(0x39, columns.cell(row, SPAN_CELL.nameEnd));
      const [trace, span, parent] = [SPAN_CELL.traceId, SPAN_CELL.spanId, SPAN_CELL.parentId].map((cell) =>
        columns.cell(row, cell),
      );
      return { trace: trace ?? from, span: span ?? from, parent: parent ?? -1, start: time + 1, end: time + 10 };
    }).sort((a, b) => a.span - b.span);
  }

  get window(): { start: number; end: number } {
    return { start: this.begin, end: this.begin + 3_700_000 };
  }

  next(): Uint8Array {
    const bytes = Uint8Array.from(this.template);
    const view = new DataView(bytes.buffer);
    const ids = Buffer.alloc(this.rows.length * 8 + 16 * (this.rows.length / this.spansPerTrace + 1));
    randomFillSync(ids);
    const base = BigInt(Math.round((this.begin + this.made * this.stepMillis) * 1e6));
    this.rows.forEach((row, index) => {
      const trace = Math.floor(index / this.spansPerTrace);
      bytes.set(ids.subarray(trace * 16, trace * 16 + 16), row.trace);
      bytes.set(ids.subarray(index * 8 + 16, index * 8 + 24), row.span);
      if (row.parent >= 0) bytes.set(ids.subarray(index * 8 + 8, index * 8 + 16), row.parent);
      const took = view.getBigUint64(row.end, true) - view.getBigUint64(row.start, true);
      view.setBigUint64(row.start, base + BigInt(index) * 1000n, true);
      view.setBigUint64(row.end, base + BigInt(index) * 1000n + took, true);
    });
    if (this.made % 16 === 0) this.traceIds.push(Buffer.from(ids.subarray(0, 16)).toString('hex'));
    this.made++;
    return bytes;
  }
}

const SCOPE = { name: '@example/http', version: '1.0.0', attributes: {}, schemaUrl: '' };

async function queryTimes(
  store: SqliteSpanStore,
  traceIds: readonly string[],
  window: { start: number; end: number },
): Promise<Record<string, number>> {
  const pick = (n: number): string => traceIds[(n * 7919) % traceIds.length] ?? '';
  const search = (change: Partial<TraceSearch>) => () => store.search({ ...window, limit: 20, ...change });
  return {
    traceByIdMs: await timed(60, (n) => store.trace(pick(n))),
    searchMs: await timed(30, (n) =>
      search({ service: 'inference', operation: 'infer', minDuration: 1500 + n * 10 })(),
    ),
    searchRareMs: await timed(30, (n) => search({ service: 'inference', operation: 'infer', minDuration: 1990 + n })()),
    attributeMs: await timed(30, (n) => search({ attributes: { 'session.id': `session-${n * 17}` } })()),
    attributeAbsentMs: await timed(30, (n) => search({ attributes: { 'session.id': `nobody-${n}` } })()),
  };
}

async function timed(rounds: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await work(1000);
  for (let n = 0; n < rounds; n++) {
    const began = performance.now();
    await work(n);
    times.push(performance.now() - began);
  }
  return median(times);
}

/** Ten days later, with one more span in a new file: the day with everything goes. */
async function dropDay(store: SqliteSpanStore, clock: { shift: number }): Promise<number> {
  clock.shift = 10 * 86_400_000;
  await store.write(sampleSpans(1));
  // A day goes once all of it is sealed.
  await store.flush();
  const began = performance.now();
  const { removedDays } = await store.maintain();
  if (removedDays === 0) throw new Error('no day was dropped');
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function rate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en').padStart(10);
}
