import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import type { LogRecord } from '../domain/log-record';
import type { Span } from '../domain/span';
import { decodeLogs, decodeTraces, encodeLogs, encodeTraces, logsToJson, OtlpDecodeError, tracesToJson } from '../otlp';
import type { SpanColumns } from '../otlp';
import { sampleSpans } from '../otlp/testing/sample-spans';
import type { AppendOutcome, EncodedRecords, IncomingSample, SeriesWriter, SpanWriter } from '../storage';
import { ingestConfig } from './ingest.config';
import { IngestPipeline } from './pipeline';
import { SpanMetrics, SPAN_METRICS } from './span-metrics';
import type { IngestStage } from './stages/stage';

/** Keeps what it is given, encoded or not. */
class RecordingStore implements SpanWriter {
  spans: Span[] = [];
  logs: LogRecord[] = [];
  fail: Error | undefined;

  write(spans: readonly Span[]): Promise<void> {
    if (this.fail && spans.length > 0) return Promise.reject(this.fail);
    this.spans.push(...spans);
    return Promise.resolve();
  }

  writeLogs(records: readonly LogRecord[]): Promise<void> {
    this.logs.push(...records);
    return Promise.resolve();
  }

  writeEncoded(parts: EncodedRecords, skip?: Uint8Array): Promise<void> {
    return this.write(
      decodeTraces(parts.bytes)
        .spans()
        .filter((_, row) => skip?.[row] !== 1),
    );
  }

  writeEncodedLogs(parts: EncodedRecords, skip?: Uint8Array): Promise<void> {
    return this.writeLogs(
      decodeLogs(parts.bytes)
        .records()
        .filter((_, row) => skip?.[row] !== 1),
    );
  }
}

class RecordingSeries implements SeriesWriter {
  samples: IncomingSample[] = [];

  append(samples: readonly IncomingSample[]): Promise<AppendOutcome> {
    this.samples.push(...samples);
    return Promise.resolve({ appended: samples.length, refused: {}, examples: {} });
  }

  describe(): void {}
}

const clock = new ManualClock();
const build = (stages: readonly IngestStage[], settings: object = {}) => {
  const store = new RecordingStore();
  const series = new RecordingSeries();
  const seen: { columns: number; spans: number } = { columns: 0, spans: 0 };
  const pipeline = new IngestPipeline({
    stages,
    spanStore: store,
    seriesStore: series,
    converter: { convert: () => ({ samples: [], metadata: new Map(), rejected: { count: 0, message: '' } }) },
    observer: {
      observeColumns: (_columns: SpanColumns, skip, from, to) =>
        void (seen.columns += to - from - skip.subarray(from, to).reduce((sum, value) => sum + value, 0)),
      observeSpans: (spans) => void (seen.spans += spans.length),
    },
    clock,
    telemetry: noTelemetry,
    config: ingestConfig.parse(settings),
  });
  return { pipeline, store, series, seen };
};

const spans = sampleSpans(24);
const body = (of: readonly Span[]): Uint8Array => encodeTraces(of);
const idsOf = (of: readonly Span[]): string[] => of.map(({ spanId }) => spanId).sort();

test('a stage sees only spans with its markers; what it changes is stored changed, the rest as it came', async () => {
  const seen: Span[] = [];
  const target = spans[5]?.attributes['request.id'];
  const stage: IngestStage = {
    name: 'mark',
    markers: [String(target)],
    traces: (given) => {
      seen.push(...given);
      return given.map((span) => ({ ...span, name: 'changed' }));
    },
  };
  const { pipeline, store, seen: observed } = build([stage]);
  expect(await pipeline.traces(body(spans), 'protobuf', 'http')).toEqual({ rejected: 0, message: '' });
  expect(seen).toHaveLength(1);
  expect(idsOf(store.spans)).toEqual(idsOf(spans));
  expect(store.spans.filter(({ name }) => name === 'changed').map(({ spanId }) => spanId)).toEqual([spans[5]?.spanId]);
  expect(observed).toEqual({ columns: 23, spans: 1 });
});

test('JSON and protobuf store the same', async () => {
  const one = build([]);
  const two = build([]);
  await one.pipeline.traces(body(spans), 'protobuf', 'http');
  await two.pipeline.traces(Buffer.from(JSON.stringify(tracesToJson(spans))), 'json', 'http');
  expect(two.store.spans).toEqual(one.store.spans);
});

test('a mark in the resource marks all its spans', async () => {
  let count = 0;
  const stage: IngestStage = { name: 's', markers: ['gateway'], traces: (given) => ((count = given.length), given) };
  const { pipeline, store } = build([stage]);
  await pipeline.traces(body(spans), 'protobuf', 'http');
  expect(count).toBe(spans.filter(({ resource }) => resource.attributes['service.name'] === 'gateway').length);
  expect(store.spans).toHaveLength(24);
});

test('stages may drop, and add spans, samples and durable work', async () => {
  let finished = false;
  const extra = { ...sampleSpans(1, { seed: 9 })[0] };
  const stage: IngestStage = {
    name: 's',
    traces: (given, context) => {
      if (isSpan(extra)) context.emitSpans([extra]);
      context.emitDurable(Promise.resolve().then(() => void (finished = true)));
      return given.slice(1);
    },
  };
  const { pipeline, store } = build([stage]);
  await pipeline.traces(body(spans), 'protobuf', 'http');
  expect(finished).toBe(true);
  expect(store.spans).toHaveLength(24);
  expect(idsOf(store.spans)).toContain(extra.spanId);
});

test('a stage that fails refuses the whole request', async () => {
  const stage: IngestStage = {
    name: 's',
    traces: () => {
      throw new Error('cannot redact');
    },
  };
  const { pipeline, store } = build([stage]);
  await expect(pipeline.traces(body(spans), 'protobuf', 'http')).rejects.toThrow('cannot redact');
  expect(store.spans).toEqual([]);
});

test('a request sent again is answered as before and stored once; one that failed is tried anew', async () => {
  const { pipeline, store } = build([]);
  store.fail = new Error('disk full');
  await expect(pipeline.traces(body(spans), 'protobuf', 'http')).rejects.toThrow('disk full');
  store.fail = undefined;
  await pipeline.traces(body(spans), 'protobuf', 'http');
  await pipeline.traces(body(spans), 'protobuf', 'http');
  expect(store.spans).toHaveLength(24);
});

test('spans beyond a limit and spans with bad ids are refused alone', async () => {
  const { pipeline, store } = build([], { maxAttributes: 20 });
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, n]));
  const [first, second, ...rest] = spans;
  if (first === undefined || second === undefined) throw new Error('no sample');
  const outcome = await pipeline.traces(
    body([{ ...first, attributes: many }, { ...second, traceId: 'abcd' }, ...rest]),
    'protobuf',
    'http',
  );
  expect(outcome).toEqual({
    rejected: 2,
    message: 'a trace id has 2 bytes, not 16; a span with 21 attributes; at most 20',
  });
  expect(store.spans).toHaveLength(22);
});

test('log records pass their stages', async () => {
  const resource = { attributes: { 'service.name': 's' }, schemaUrl: '' };
  const scope = { name: '', version: '', attributes: {}, schemaUrl: '' };
  const log = (n: number): LogRecord => ({
    timeUnixNano: BigInt(n),
    observedUnixNano: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: '',
    body: `m${n}`,
    attributes: { n },
    traceId: '',
    spanId: '',
    flags: 0,
    resource,
    scope,
  });
  const stage: IngestStage = {
    name: 's',
    markers: ['m2'],
    logs: (given) => given.map((one) => ({ ...one, body: 'x' })),
  };
  const { pipeline, store } = build([stage]);
  await pipeline.logs(Buffer.from(JSON.stringify(logsToJson([log(1), log(2), log(3)]))), 'json', 'http');
  expect(store.logs.map(({ body: text }) => text).sort()).toEqual(['m1', 'm3', 'x']);
});

const LOG: LogRecord = {
  timeUnixNano: 1n,
  observedUnixNano: 0n,
  severityNumber: 9,
  severityText: 'INFO',
  eventName: '',
  body: 'm1',
  attributes: {},
  traceId: '',
  spanId: '',
  flags: 0,
  resource: { attributes: { 'service.name': 'x' }, schemaUrl: '' },
  scope: { name: 's', version: '', attributes: {}, schemaUrl: '' },
};

describe('a request of megabytes, worked on in steps', () => {
  const many = sampleSpans(3000);
  const target = many[2999]?.attributes['request.id'];
  const stage: IngestStage = {
    name: 'mark',
    markers: [String(target), 'infer'],
    traces: (given) => given.map((span) => (span.name === 'infer' ? { ...span, name: 'changed' } : span)),
  };

  test.each(['protobuf', 'json'] as const)('spans in %s: nothing lost, nothing doubled', async (format) => {
    const { pipeline, store, seen } = build([stage]);
    const bytes = format === 'json' ? Buffer.from(JSON.stringify(tracesToJson(many))) : body(many);
    expect(bytes.byteLength).toBeGreaterThan(500_000);
    await pipeline.traces(bytes, format, 'http');
    expect(idsOf(store.spans)).toEqual(idsOf(many));
    expect(store.spans.filter(({ name }) => name === 'changed')).toHaveLength(
      many.filter(({ name }) => name === 'infer').length,
    );
    expect(seen.columns + seen.spans).toBe(3000);
    await pipeline.stop();
  });

  test('malformed at its very end: nothing of it is taken, the place is named', async () => {
    const { pipeline, store } = build([stage]);
    const whole = body(many);
    const cut = Buffer.concat([whole, Buffer.from([0x0a, 0x04, 0x12, 0x02, 0x12, 0x7f])]);
    await expect(pipeline.traces(cut, 'protobuf', 'http')).rejects.toThrow(/at byte \d+/);
    const text = JSON.stringify(tracesToJson(many)).replace(/.{3}$/, '!!!');
    await expect(pipeline.traces(Buffer.from(text), 'json', 'http')).rejects.toBeInstanceOf(OtlpDecodeError);
    expect(store.spans).toEqual([]);
    await pipeline.stop();
  });

  test('log records that are equal all count, on both sides of a step', async () => {
    const { pipeline, store } = build([
      { name: 's', markers: ['m'], logs: (given) => given.map((one) => ({ ...one, body: 'x' })) },
    ]);
    const padding = 'p'.repeat(600);
    const [record] = decodeLogs(encodeLogs([LOG])).records();
    const records = Array.from({ length: 1500 }, () => ({ ...LOG, attributes: { padding } }));
    expect(record).toEqual(LOG);
    await pipeline.logs(encodeLogs(records), 'protobuf', 'http');
    expect(store.logs).toHaveLength(1500);
    expect(new Set(store.logs.map(({ body: text }) => text))).toEqual(new Set(['x']));
  });
});

describe('span metrics', () => {
  test('count every span once, with a zero before the first value and an exemplar', async () => {
    const series = new RecordingSeries();
    const config = ingestConfig.parse({ spanMetrics: { buckets: [0.5, 1] } }).spanMetrics;
    const metrics = new SpanMetrics(series, clock, config, noTelemetry);
    metrics.observeColumns(decodeTraces(body(spans)), new Uint8Array(24), 0, 24);
    await metrics.emit(10_000);
    const last = series.samples.filter(({ t }) => t === 10_000);
    const calls = last.filter(({ labels }) => labels.metricName === SPAN_METRICS.calls);
    expect(calls.reduce((total, { value }) => total + value, 0)).toBe(24);
    expect(series.samples.filter(({ t }) => t === 5000).every(({ value }) => value === 0)).toBe(true);
    const inf = last.filter(({ labels }) => labels.get('le') === '+Inf');
    expect(inf.reduce((total, { value }) => total + value, 0)).toBe(24);
    const half = last.filter(({ labels }) => labels.get('le') === '0.5');
    const fast = spans.filter(({ startUnixNano, endUnixNano }) => endUnixNano - startUnixNano <= 500_000_000n).length;
    expect(half.reduce((total, { value }) => total + value, 0)).toBe(fast);
    expect(last.some(({ exemplar }) => exemplar?.labels.get('trace_id').length === 32)).toBe(true);
    series.samples.length = 0;
    await metrics.emit(15_000);
    expect(series.samples).toEqual([]);
  });

  test('beyond the bound operations are counted as other', async () => {
    const series = new RecordingSeries();
    const config = ingestConfig.parse({ spanMetrics: { maxSeries: 3 } }).spanMetrics;
    const metrics = new SpanMetrics(series, clock, config, noTelemetry);
    metrics.observeSpans(spans.map((span, n) => ({ ...span, name: `op${n}` })));
    await metrics.emit(10_000);
    const names = new Set(series.samples.map(({ labels }) => labels.get('span_name')));
    expect([...names].sort()).toEqual(['op0', 'op1', 'op2', 'other']);
  });
});

function isSpan(value: Partial<Span>): value is Span {
  return value.spanId !== undefined;
}
