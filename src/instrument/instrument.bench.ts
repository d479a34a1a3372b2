import { context, trace } from '@opentelemetry/api';
import { SpanStatusCode, metrics } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  ParentBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { OtelMethodCounter, Span } from 'nestjs-otel';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Instrument } from './decorators/instrument';
import { counterFamily, gaugeFamily, histogramFamily } from './metrics/registry';
import { exposeMetrics } from './metrics/exposition';
import { configureInstrumentation } from './settings';
import type { BenchDefinition } from '../base/bench';
import type { Tracer } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';

const CALLS = 20_000;
const ROUNDS = 15;
const SERIES = 50_000;

/** Takes spans as an exporter's queue does, without the exporter. */
class Sink implements SpanProcessor {
  private queue: ReadableSpan[] = [];
  onStart(): void {}
  onEnd(span: ReadableSpan): void {
    this.queue.push(span);
    if (this.queue.length > 4_096) this.queue = [];
  }
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }
  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** One way to observe a method, sync and async. */
interface Subject {
  sync(value: number): number;
  async(value: number): Promise<number>;
}

function work(value: number): number {
  return value + 1;
}

class Bare implements Subject {
  sync(value: number): number {
    return work(value);
  }
  async async(value: number): Promise<number> {
    return work(value);
  }
}

/** What people write by hand. */
class ByHand implements Subject {
  private readonly tracer: Tracer = trace.getTracer('bench');
  private readonly duration: Histogram;
  private readonly calls: Counter;

  constructor(registry: Registry) {
    this.duration = new Histogram({
      name: 'hand_duration_seconds',
      help: 'h',
      labelNames: ['operation'],
      registers: [registry],
    });
    this.calls = new Counter({
      name: 'hand_calls_total',
      help: 'c',
      labelNames: ['operation', 'outcome'],
      registers: [registry],
    });
  }

  sync(value: number): number {
    return this.tracer.startActiveSpan('ByHand.sync', (span) => {
      const startedAt = performance.now();
      try {
        const result = work(value);
        this.calls.inc({ operation: 'ByHand.sync', outcome: 'ok' });
        return result;
      } catch (error) {
        this.calls.inc({ operation: 'ByHand.sync', outcome: 'error' });
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        this.duration.observe({ operation: 'ByHand.sync' }, (performance.now() - startedAt) / 1_000);
        span.end();
      }
    });
  }

  async async(value: number): Promise<number> {
    return this.tracer.startActiveSpan('ByHand.async', async (span) => {
      const startedAt = performance.now();
      try {
        const result = await Promise.resolve(work(value));
        this.calls.inc({ operation: 'ByHand.async', outcome: 'ok' });
        return result;
      } catch (error) {
        this.calls.inc({ operation: 'ByHand.async', outcome: 'error' });
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        this.duration.observe({ operation: 'ByHand.async' }, (performance.now() - startedAt) / 1_000);
        span.end();
      }
    });
  }
}

class NestjsOtel implements Subject {
  @Span()
  @OtelMethodCounter()
  sync(value: number): number {
    return work(value);
  }
  @Span()
  @OtelMethodCounter()
  async async(value: number): Promise<number> {
    return work(value);
  }
}

class Ours implements Subject {
  @Instrument()
  sync(value: number): number {
    return work(value);
  }
  @Instrument()
  async async(value: number): Promise<number> {
    return work(value);
  }
}

type State = 'sampled' | 'unsampled' | 'unsampledChild' | 'noSdk';
type Shape = 'sync' | 'async';

/** Nanoseconds per call, by subject. */
type Medians = Readonly<Record<'bare' | 'hand' | 'nest' | 'ours', number>>;

/** Decorators, metrics and exposition against what else there is. */
export const bench: BenchDefinition = {
  name: 'instrument',
  run: async ({ out }) => {
    const figures: Record<string, number> = {};
    const ratios: Record<string, number[]> = {};
    for (const state of ['noSdk', 'sampled', 'unsampled', 'unsampledChild'] as const) {
      for (const shape of ['sync', 'async'] as const) {
        const medians = await measure(state, shape);
        out(
          `${state.padEnd(15)}${shape.padEnd(7)}${Object.entries(medians)
            .map(([name, nanos]) => `${name} ${nanos.toFixed(0)} ns`)
            .join('   ')}`,
        );
        const key = `${state}${shape === 'sync' ? 'Sync' : 'Async'}`;
        for (const [name, nanos] of Object.entries(medians)) figures[`${key}_${name}_ns`] = round(nanos);
        push(ratios, `${state}VsHand`, (medians.ours - 0) / medians.hand);
        push(ratios, `${state}VsNestjsOtel`, (medians.ours - medians.bare) / (medians.nest - medians.bare));
      }
    }
    for (const [name, values] of Object.entries(ratios)) {
      figures[name] = round(Math.max(...values));
      out(`${name.padEnd(28)}${values.map((value) => value.toFixed(3)).join(' / ')}  (sync / async)`);
    }
    Object.assign(figures, await measureExposition(out));
    return figures;
  },
};

async function measure(state: State, shape: Shape): Promise<Medians> {
  const registry = new Registry();
  const restore = configureInstrumentation({ registry });
  install(state);
  const subjects = { bare: new Bare(), hand: new ByHand(registry), nest: new NestjsOtel(), ours: new Ours() };
  const times: Record<keyof typeof subjects, number[]> = { bare: [], hand: [], nest: [], ours: [] };
  const names = ['bare', 'hand', 'nest', 'ours'] as const;
  const round = async (): Promise<void> => {
    for (let at = 0; at < ROUNDS + 3; at++) {
      for (const name of names) {
        const nanos = await time(subjects[name], shape);
        if (at >= 3) times[name].push(nanos);
      }
    }
  };
  if (state === 'unsampledChild') {
    const parent = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 });
    await context.with(trace.setSpan(context.active(), parent), round);
  } else await round();
  uninstall();
  restore();
  return { bare: median(times.bare), hand: median(times.hand), nest: median(times.nest), ours: median(times.ours) };
}

async function time(subject: Subject, shape: Shape): Promise<number> {
  let kept = 0;
  const startedAt = process.hrtime.bigint();
  if (shape === 'sync') for (let call = 0; call < CALLS; call++) kept += subject.sync(call);
  else for (let call = 0; call < CALLS; call++) kept += await subject.async(call);
  const nanos = Number(process.hrtime.bigint() - startedAt) / CALLS;
  if (kept < 0) throw new Error('the work was not done');
  return nanos;
}

function install(state: State): void {
  if (state === 'noSdk') return;
  const root = state === 'sampled' ? new AlwaysOnSampler() : new AlwaysOffSampler();
  const provider = new BasicTracerProvider({
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [new Sink()],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  metrics.setGlobalMeterProvider(new MeterProvider());
}

function uninstall(): void {
  trace.disable();
  context.disable();
  metrics.disable();
}

async function measureExposition(out: (line: string) => void): Promise<Record<string, number>> {
  const theirs = new Registry();
  const ours = new Registry();
  fill(theirs, ours);
  const times = { promClient: [] as number[], cells: [] as number[], sameRegistry: [] as number[] };
  for (let at = 0; at < 9; at++) {
    touch(theirs, ours, at);
    times.promClient.push(await timed(() => theirs.metrics()));
    times.cells.push(await timed(() => exposeMetrics(ours)));
    times.sameRegistry.push(await timed(() => exposeMetrics(theirs)));
  }
  const promClient = median(times.promClient);
  out(
    `/metrics ${SERIES} series: prom-client ${promClient.toFixed(1)} ms, our cells ${median(times.cells).toFixed(1)} ms, ` +
      `prom-client's own metrics by our exposition ${median(times.sameRegistry).toFixed(1)} ms`,
  );
  return {
    metrics50kVsPromClient: round(median(times.cells) / promClient),
    metrics50kSameRegistryVsPromClient: round(median(times.sameRegistry) / promClient),
    metrics50kMs: round(median(times.cells)),
    promClient50kMs: round(promClient),
  };
}

const LABELS = ['service', 'model', 'outcome'] as const;

/** A third each of counters, gauges and histogram series (of ten lines). */
function fill(theirs: Registry, ours: Registry): void {
  const bounds = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5];
  const counter = new Counter({ name: 'c_total', help: 'c', labelNames: LABELS, registers: [theirs] });
  const gauge = new Gauge({ name: 'g', help: 'g', labelNames: LABELS, registers: [theirs] });
  const histogram = new Histogram({
    name: 'h_seconds',
    help: 'h',
    labelNames: LABELS,
    buckets: bounds,
    registers: [theirs],
  });
  const ourCounter = counterFamily(ours, 'c_total', 'c');
  const ourGauge = gaugeFamily(ours, 'g', 'g');
  const ourHistogram = histogramFamily(ours, 'h_seconds', 'h', bounds);
  for (let at = 0; at < SERIES / 3; at++) {
    const labels = { service: `service-${at % 97}`, model: `model-${at}`, outcome: at % 2 === 0 ? 'ok' : 'error' };
    counter.inc(labels, at);
    gauge.set(labels, at / 3);
    ourCounter.cell(labels).add(at);
    ourGauge.cell(labels).set(at / 3);
    if (at % 10 !== 0) continue;
    histogram.observe(labels, at / 1e4);
    ourHistogram.cell(labels).observe(at / 1e4);
  }
}

/** Every value differs from the one before, so that no text can be kept. */
function touch(theirs: Registry, ours: Registry, at: number): void {
  for (const registry of [theirs, ours]) {
    for (const name of ['c_total', 'g']) {
      const metric = registry.getSingleMetric(name);
      if (metric === undefined) continue;
      for (let series = 0; series < SERIES / 3; series++) {
        const labels = {
          service: `service-${series % 97}`,
          model: `model-${series}`,
          outcome: series % 2 === 0 ? 'ok' : 'error',
        };
        if (metric instanceof Counter) metric.inc(labels, 1 + at);
        else if (metric instanceof Gauge) metric.set(labels, series * 1_024 + at);
      }
    }
  }
}

async function timed(render: () => Promise<string>): Promise<number> {
  const startedAt = process.hrtime.bigint();
  const text = await render();
  if (text.length < SERIES) throw new Error('the exposition is short');
  return Number(process.hrtime.bigint() - startedAt) / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function push(ratios: Record<string, number[]>, name: string, value: number): void {
  (ratios[name] ??= []).push(value);
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
