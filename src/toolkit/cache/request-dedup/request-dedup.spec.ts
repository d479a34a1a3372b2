import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { startTestTracing } from '../../../instrument/testing/test-tracing';
import { RequestDeduplicator } from './request-dedup';
import type { RequestDeduplicatorOptions } from './request-dedup';

function setUp(options: Partial<RequestDeduplicatorOptions> = {}) {
  const clock = new ManualClock();
  const dedup = new RequestDeduplicator<number>({ name: 'test', clock, telemetry: noTelemetry, ...options });
  let calls = 0;
  const work = async (signal: AbortSignal): Promise<number> => {
    const mine = ++calls;
    await clock.sleep(100, signal);
    return mine;
  };
  return { clock, dedup, work, calls: () => calls };
}

test('10,000 equal calls at once are one', async () => {
  const { clock, dedup, work, calls } = setUp();
  const answers = Promise.all(Array.from({ length: 10_000 }, () => dedup.run('k', work)));
  await clock.advance(100);
  expect(new Set(await answers)).toEqual(new Set([1]));
  expect(calls()).toBe(1);
  expect(dedup.size).toBe(0);
});

test('a caller that leaves does not take the others along; the last one ends the call', async () => {
  const { clock, dedup, work, calls } = setUp();
  const [first, second] = [new AbortController(), new AbortController()];
  const leaving = dedup.run('k', work, first.signal);
  const staying = dedup.run('k', work, second.signal);
  first.abort(new Error('left'));
  await expect(leaving).rejects.toThrow('left');
  second.abort(new Error('left too'));
  await expect(staying).rejects.toThrow('left too');
  const fresh = dedup.run('k', work);
  await clock.advance(100);
  expect(await fresh).toBe(2);
  expect(calls()).toBe(2);
});

test.each([
  ['share', 1, 3],
  ['retry', 2, 1],
] as const)('errors: %s', async (errors, calls, failures) => {
  const { dedup } = setUp({ errors });
  let count = 0;
  const work = async (): Promise<number> => {
    if (++count === 1) throw new Error('first fails');
    return count;
  };
  const settled = await Promise.allSettled([1, 2, 3].map(() => dedup.run('k', work)));
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(failures);
  expect(count).toBe(calls);
});

test('a result is remembered for its time, and the number of keys is bounded', async () => {
  const { clock, dedup, work, calls } = setUp({ ttl: 50, maxKeys: 2 });
  const first = dedup.run('a', work);
  await clock.advance(100);
  expect([await first, await dedup.run('a', work)]).toEqual([1, 1]);
  void dedup.run('b', work).catch(() => undefined);
  await expect(dedup.run('c', work)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  await clock.advance(50);
  const again = dedup.run('a', work);
  await clock.advance(100);
  expect(await again).toBe(3);
  expect(calls()).toBe(3);
});

test('closing ends what is in flight', async () => {
  const { dedup, work } = setUp();
  const running = dedup.run('k', work);
  await dedup.close();
  await expect(running).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });
});

test('whoever leaves when, everybody gets an answer and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(3), fc.nat(150), fc.nat(150)), { maxLength: 20 }), async (callers) => {
      const { clock, dedup, work } = setUp();
      let answered = 0;
      for (const [key, start, leave] of callers) {
        clock.schedule(start, () => {
          const abort = new AbortController();
          clock.schedule(leave, () => abort.abort(new Error('left')));
          void dedup.run(`k${key}`, work, abort.signal).then(
            () => answered++,
            () => answered++,
          );
        });
      }
      await clock.advance(1_000);
      expect(answered).toBe(callers.length);
      expect(dedup.size).toBe(0);
    }),
    { seed: 3, numRuns: 40 },
  );
});

test('a follower waits in a span that links to the span of whoever called; a leader makes none', async () => {
  const tracing = startTestTracing();
  const { clock, dedup, work } = setUp();
  const tracer = trace.getTracer('test');
  const call = (name: string) =>
    tracer.startActiveSpan(name, async (span) => {
      await dedup.run('k', work);
      span.end();
    });
  const calls = Promise.all([call('leader'), call('follower'), dedup.run('k', work)]);
  await clock.advance(100);
  await calls;
  const spans = tracing.spans();
  await tracing.stop();
  const byName = (name: string) => spans.find((span) => span.name === name);
  expect(spans.map(({ name }) => name).sort()).toEqual(['follower', 'join test', 'leader']);
  const joined = byName('join test');
  expect(joined?.parentSpanContext?.spanId).toBe(byName('follower')?.spanContext().spanId);
  expect(joined?.links.map(({ context }) => context.spanId)).toEqual([byName('leader')?.spanContext().spanId]);
  expect(byName('follower')?.events.map(({ name }) => name)).toEqual(['dedup.joined']);
});
