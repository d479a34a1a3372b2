import { context, propagation, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { addContext } from '../context/propagation';
import { recordEvaluation } from '../gen-ai/evaluation';
import { withInference } from '../gen-ai/with-inference';
import { exposeMetrics } from '../metrics/exposition';
import { configureInstrumentation } from '../settings';
import { withSpan } from '../spans/helpers';
import { startTelemetry } from './start-telemetry';
import type { RunningTelemetry } from './start-telemetry';
import type { LogRecord } from '../../domain/log-record';
import type { Span } from '../../domain/span';

let running: RunningTelemetry | undefined;
let registry: Registry;
let restore: () => void;

beforeEach(() => {
  registry = new Registry();
  restore = configureInstrumentation({ registry });
});
afterEach(async () => {
  await running?.shutdown(500);
  running = undefined;
  restore();
});

const quiet = { environment: {}, libraries: false } as const;

describe('handing over to a stack in the same process', () => {
  test('spans and events arrive as the stack keeps them, ids and times exact', async () => {
    const spans: Span[] = [];
    const logs: LogRecord[] = [];
    running = startTelemetry({
      ...quiet,
      serviceName: 'chat',
      handOver: {
        spans: (given) => void spans.push(...given),
        logs: (given) => void logs.push(...given),
      },
    });
    const off = configureInstrumentation({ captureContent: 'event' });
    withInference({ provider: 'openai', model: 'gpt-4o', stopSequences: ['a', 'b'] }, (inference) => {
      inference.response({ messages: [{ role: 'assistant', parts: [{ type: 'text', content: 'hello' }] }] });
      inference.operation.addEvent('seen', { at: 1 });
    });
    off();
    await running.flush();
    const [span] = spans;
    expect(span).toMatchObject({
      name: 'chat gpt-4o',
      kind: 'client',
      parentSpanId: '',
      status: { code: 'unset' },
      attributes: { 'gen_ai.request.model': 'gpt-4o', 'gen_ai.request.stop_sequences': ['a', 'b'] },
      events: [{ name: 'seen', attributes: { at: 1 } }],
      resource: { attributes: { 'service.name': 'chat' } },
      scope: { name: 'telltale' },
    });
    expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect((span?.endUnixNano ?? 0n) >= (span?.startUnixNano ?? 1n)).toBe(true);
    expect(logs).toEqual([
      expect.objectContaining({
        eventName: 'gen_ai.client.inference.operation.details',
        severityNumber: 9,
        traceId: span?.traceId,
        spanId: span?.spanId,
        body: null,
        attributes: expect.objectContaining({
          'gen_ai.output.messages': [{ role: 'assistant', parts: [{ type: 'text', content: 'hello' }] }],
        }) as object,
      }),
    ]);
  });

  test('a stack that refuses is counted, and harms nobody', async () => {
    running = startTelemetry({ ...quiet, handOver: () => Promise.reject(new Error('full')) });
    expect(withSpan('one', () => 1)).toBe(1);
    recordEvaluation({ name: 'relevance', score: 1 });
    await running.flush();
    expect(await exposeMetrics(registry)).toContain('telltale_export_spans_total{outcome="failed"} 1');
  });

  test('what the stack does with the spans is not traced itself', async () => {
    const batches: string[][] = [];
    running = startTelemetry({
      ...quiet,
      handOver: (spans) => {
        batches.push(spans.map(({ name }) => name));
        withSpan('storing', () => undefined);
      },
    });
    withSpan('one', () => undefined);
    await running.flush();
    await running.flush();
    expect(batches).toEqual([['one']]);
  });
});

describe('a provider that is there already', () => {
  test('is used, not replaced; it stays its owner’s to stop', async () => {
    const exporter = new InMemorySpanExporter();
    let flushes = 0;
    const processor = new SimpleSpanProcessor(exporter);
    const flush = processor.forceFlush.bind(processor);
    processor.forceFlush = () => (flushes++, flush());
    const provider = new BasicTracerProvider({ spanProcessors: [processor] });
    trace.setGlobalTracerProvider(provider);
    const attached = startTelemetry({ ...quiet, handOver: () => undefined });
    expect(attached.owned).toBe(false);
    withSpan('one', () => undefined);
    await attached.flush();
    await attached.shutdown();
    withSpan('two', () => undefined);
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['one', 'two']);
    expect(flushes).toBe(2);
    trace.disable();
    await provider.shutdown();
  });

  test('a second start attaches to the first', async () => {
    const names: string[] = [];
    running = startTelemetry({ ...quiet, handOver: (spans) => void names.push(...spans.map(({ name }) => name)) });
    const second = startTelemetry({ ...quiet, handOver: () => undefined });
    expect([running.owned, second.owned]).toEqual([true, false]);
    withSpan('one', () => undefined);
    await second.flush();
    expect(names).toEqual(['one']);
  });
});

describe('the end', () => {
  test('flush and shutdown give up at their deadline, and never reject', async () => {
    running = startTelemetry({ ...quiet, handOver: () => new Promise(() => undefined) });
    withSpan('one', () => undefined);
    await expect(running.flush(20)).resolves.toBeUndefined();
    await expect(running.shutdown(20)).resolves.toBeUndefined();
  });

  test('shutdown sends what waits, takes the SDK out, and lets another start', async () => {
    const names: string[] = [];
    const handOver = (spans: readonly Span[]): void => void names.push(...spans.map(({ name }) => name));
    running = startTelemetry({ ...quiet, handOver });
    withSpan('one', () => undefined);
    await running.shutdown();
    withSpan('between', () => undefined);
    expect(propagation.fields()).toEqual([]);
    running = startTelemetry({ ...quiet, handOver });
    expect(running.owned).toBe(true);
    withSpan('two', () => undefined);
    await running.flush();
    expect(names).toEqual(['one', 'two']);
  });

  test('an SDK that is switched off starts nothing', async () => {
    const off = startTelemetry({ environment: { OTEL_SDK_DISABLED: 'true' }, handOver: () => undefined });
    withSpan('one', () => expect(trace.getActiveSpan()).toBeUndefined());
    await off.flush();
    await off.shutdown();
    expect(context.active().getValue(Symbol.for('any'))).toBeUndefined();
  });
});

test('facts of the context become attributes of what is started within, and go with the request', async () => {
  const spans: Span[] = [];
  running = startTelemetry({ ...quiet, handOver: (given) => void spans.push(...given) });
  let sent: Record<string, string> = {};
  withSpan('handle', () => {
    addContext({ 'tenant.id': 'acme' });
    withSpan('inner', () => propagation.inject(context.active(), (sent = {})));
  });
  // What other services wrote into baggage is theirs, unless it is asked for.
  const off = configureInstrumentation({ baggageAttributes: ['region'] });
  const headers = { ...sent, baggage: `${sent['baggage'] ?? ''},region=eu,session=secret` };
  context.with(propagation.extract(context.active(), headers), () => withSpan('elsewhere', () => undefined));
  off();
  await running.flush();
  const byName = (name: string): Span | undefined => spans.find((span) => span.name === name);
  for (const name of ['handle', 'inner', 'elsewhere']) {
    expect(byName(name)?.attributes).toMatchObject({ 'tenant.id': 'acme' });
    expect(byName(name)?.traceId).toBe(byName('handle')?.traceId);
  }
  expect(byName('elsewhere')?.attributes).toMatchObject({ region: 'eu' });
  expect(byName('elsewhere')?.attributes).not.toHaveProperty('session');
});
