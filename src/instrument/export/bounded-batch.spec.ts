import { context, diag, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { ManualClock } from '../../base/testing/manual-clock';
import { exposeMetrics } from '../metrics/exposition';
import { registryTelemetry } from '../metrics/registry-telemetry';
import { BoundedBatch } from './bounded-batch';
import type { BatchOptions } from './bounded-batch';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

type Done = Parameters<SpanExporter['export']>[1];

/** Keeps what it is given, and answers when it is told to. */
class HeldExporter implements SpanExporter {
  readonly batches: string[][] = [];
  readonly suppressed: boolean[] = [];
  readonly waiting: Done[] = [];
  stopped = 0;
  /** Answers at once with this code; undefined holds the answer. */
  code: number | undefined = 0;

  export(spans: ReadableSpan[], done: Done): void {
    this.batches.push(spans.map(({ name }) => name));
    this.suppressed.push(isTracingSuppressed(context.active()));
    if (this.code === undefined) this.waiting.push(done);
    else done({ code: this.code });
  }
  shutdown(): Promise<void> {
    this.stopped++;
    return Promise.resolve();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(options: BatchOptions = {}, exporter: HeldExporter | SpanExporter = new HeldExporter()) {
  const clock = new ManualClock();
  const registry = new Registry();
  const batch = new BoundedBatch(exporter, clock, registryTelemetry(registry), options);
  const tracer = new BasicTracerProvider({ spanProcessors: [batch] }).getTracer('t');
  return {
    clock,
    batch,
    end: (...names: readonly string[]) => names.forEach((name) => tracer.startSpan(name).end()),
    counts: async () => {
      const text = await exposeMetrics(registry);
      const one = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? NaN);
      return {
        exported: one(/spans_total\{outcome="exported"} (\d+)/),
        failed: one(/spans_total\{outcome="failed"} (\d+)/),
        dropped: one(/spans_total\{outcome="dropped"} (\d+)/),
        queued: one(/queue_spans (\d+)/),
        limit: one(/queue_limit_spans (\d+)/),
      };
    },
  };
}

beforeAll(() => {
  diag.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
  trace.disable();
});

test('a span waits for others as long as the delay, and no longer', async () => {
  const exporter = new HeldExporter();
  const { clock, end } = setUp({ delay: 500 }, exporter);
  end('a');
  await clock.advance(499);
  expect(exporter.batches).toEqual([]);
  end('b');
  await clock.advance(1);
  await settled();
  expect(exporter.batches).toEqual([['a', 'b']]);
});

test('a full batch leaves at once; one request is made at a time; what piled up leaves right after', async () => {
  const exporter = new HeldExporter();
  exporter.code = undefined;
  const { end } = setUp({ batchSize: 2 }, exporter);
  end('a', 'b', 'c', 'd', 'e');
  await settled();
  expect(exporter.batches).toEqual([['a', 'b']]);
  exporter.waiting.shift()?.({ code: 0 });
  await settled();
  expect(exporter.batches).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('beyond the bound spans are dropped and counted', async () => {
  const exporter = new HeldExporter();
  exporter.code = undefined;
  const { end, counts } = setUp({ queueSize: 3, batchSize: 2 }, exporter);
  end('a', 'b');
  await settled();
  end('c', 'd', 'e', 'f', 'g');
  expect(await counts()).toEqual({ exported: 0, failed: 0, dropped: 2, queued: 3, limit: 3 });
});

test('what is exported, refused, not answered and thrown is counted as such', async () => {
  const exporter = new HeldExporter();
  const { clock, end, counts } = setUp({ batchSize: 1, timeout: 100 }, exporter);
  end('ok');
  await settled();
  exporter.code = 1;
  end('refused');
  await settled();
  expect(await counts()).toMatchObject({ exported: 1, failed: 1 });
  exporter.code = undefined;
  end('silent');
  await settled();
  await clock.advance(100);
  await settled();
  expect(await counts()).toMatchObject({ exported: 1, failed: 2, queued: 0 });
  exporter.export = () => {
    throw new Error('broken');
  };
  end('thrown');
  await settled();
  expect(await counts()).toMatchObject({ exported: 1, failed: 3, dropped: 0 });
});

test('a flush sends what waits, also what came while another request was under way', async () => {
  const exporter = new HeldExporter();
  exporter.code = undefined;
  const { batch, end, counts } = setUp({ batchSize: 2 }, exporter);
  end('a', 'b');
  await settled();
  end('c');
  let flushed = false;
  const flushing = batch.forceFlush().then(() => (flushed = true));
  await settled();
  expect(flushed).toBe(false);
  exporter.code = 0;
  exporter.waiting.shift()?.({ code: 0 });
  await flushing;
  expect(exporter.batches).toEqual([['a', 'b'], ['c']]);
  expect(await counts()).toMatchObject({ exported: 3, dropped: 0 });
});

test('shutdown sends, stops the exporter once, and takes nothing more', async () => {
  const exporter = new HeldExporter();
  const { batch, end, counts } = setUp({}, exporter);
  end('a');
  await batch.shutdown();
  await batch.shutdown();
  end('late');
  await batch.forceFlush();
  expect(exporter.batches).toEqual([['a']]);
  expect(exporter.stopped).toBe(1);
  expect(await counts()).toMatchObject({ exported: 1, queued: 0 });
});

test('exports are made where nothing is traced', async () => {
  const exporter = new HeldExporter();
  const { end } = setUp({ batchSize: 1 }, exporter);
  end('a');
  await settled();
  expect(exporter.suppressed).toEqual([true]);
});

test('spans that are not sampled are not exported', async () => {
  const exporter = new HeldExporter();
  const batch = new BoundedBatch(exporter, new ManualClock(), registryTelemetry(new Registry()));
  new BasicTracerProvider({ spanProcessors: [batch], sampler: new AlwaysOffSampler() })
    .getTracer('t')
    .startSpan('a')
    .end();
  await batch.forceFlush();
  expect(exporter.batches).toEqual([]);
});

test('an export waits for what the resource is still finding out', async () => {
  const exporter = new HeldExporter();
  const clock = new ManualClock();
  const batch = new BoundedBatch(exporter, clock, registryTelemetry(new Registry()), { batchSize: 1 });
  let found: (() => void) | undefined;
  const resource = {
    attributes: {},
    asyncAttributesPending: true,
    waitForAsyncAttributes: () => new Promise<void>((resolve) => (found = resolve)),
  };
  const span = new BasicTracerProvider().getTracer('t').startSpan('a');
  span.end();
  batch.onEnd(Object.assign(Object.create(span), { resource }) as ReadableSpan);
  await settled();
  expect(exporter.batches).toEqual([]);
  found?.();
  await settled();
  expect(exporter.batches).toEqual([['a']]);
});
