import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { Instrument, configureInstrumentation, exposeMetrics, withSpan } from '../../src/instrument';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';

jest.setTimeout(240_000);

const CALLS = 1_000_000;
/** Heap that may remain after all calls, in bytes: less than ten per call. */
const ALLOWED = 8_000_000;

/** Counts what is open. */
class Open implements SpanProcessor {
  started = 0;
  ended = 0;
  onStart(): void {
    this.started++;
  }
  onEnd(): void {
    this.ended++;
  }
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }
  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

class Host {
  @Instrument()
  value(at: number): number {
    return at;
  }

  @Instrument()
  async request(signal: AbortSignal): Promise<void> {
    await Promise.resolve();
    signal.throwIfAborted();
  }

  @Instrument()
  async *stream(): AsyncGenerator<number> {
    for (let at = 0; ; at++) yield at;
  }
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('the collector is not exposed');
  return () => void Reflect.apply(collect, undefined, []);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a million calls, abandoned streams and cancelled requests among them, leave nothing behind', async () => {
  const registry = new Registry();
  const restore = configureInstrumentation({ registry });
  const open = new Open();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [open] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const collect = collector();
  const host = new Host();
  const aborted = AbortSignal.abort();
  const round = async (calls: number): Promise<void> => {
    for (let at = 0; at < calls; at++) {
      const kind = at % 20;
      if (kind === 0) await host.stream().next();
      else if (kind === 1) await host.request(aborted).catch(() => undefined);
      else if (kind === 2) for await (const item of host.stream()) if (item === 1) break;
      if (kind > 2) host.value(at);
      if (at % 100_000 === 0) {
        collect();
        await turn();
      }
    }
    // What can no longer be read is noticed when it was collected, in a turn of its own.
    for (let at = 0; at < 20 && open.started !== open.ended; at++) {
      collect();
      await turn();
    }
  };
  await round(40_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  await round(CALLS);
  // Work that starts itself anew from within must not hold what came before.
  let depth = 0;
  const again = (): Promise<void> =>
    withSpan('again', () => turn().then(() => (++depth < 2_000 ? void again() : undefined)));
  await again();
  for (let at = 0; at < 5_000 && depth < 2_000; at++) await turn();
  await turn();
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  expect(open.started).toBeGreaterThan(CALLS);
  expect(open.started - open.ended).toBe(0);
  expect(grown).toBeLessThan(ALLOWED);
  const text = await exposeMetrics(registry);
  const count = (outcome: string, operation: string): number =>
    Number(new RegExp(`operation="Host.${operation}",outcome="${outcome}"} (\\d+)`).exec(text)?.[1]);
  expect(count('abandoned', 'stream')).toBe((CALLS + 40_000) / 20);
  expect(count('cancelled', 'stream')).toBe((CALLS + 40_000) / 20);
  expect(count('cancelled', 'request')).toBe((CALLS + 40_000) / 20);
  restore();
  trace.disable();
  context.disable();
});
