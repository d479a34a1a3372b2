import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ObjectPool } from './object-pool';

const TIMEOUT = 40;

/** One caller: when it asks, how long it holds, and what it does beside. */
const caller = fc.record({
  start: fc.nat(200),
  hold: fc.nat(60),
  how: fc.constantFrom('release', 'release', 'release', 'twice', 'destroy', 'leave', 'use', 'hurry'),
});
const kind = fc.record({
  max: fc.integer({ min: 1, max: 4 }),
  min: fc.nat(1),
  maxUses: fc.constantFrom(undefined, 3),
  maxAge: fc.constantFrom(undefined, 50),
  isLater: fc.boolean(),
  makes: fc.constantFrom(0, 3),
  closeAt: fc.constantFrom(undefined, 120),
});

interface Outcome {
  readonly ended: string;
  readonly at: number;
}

test('whatever happens, the limit holds, nothing is lent twice or lost, and callers are served in their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      kind,
      fc.array(caller, { maxLength: 40, size: 'max' }),
      async ({ max, isLater, makes, closeAt, ...rest }, callers) => {
        const clock = new ManualClock();
        const faults: string[] = [];
        const alive = new Set<object>();
        const lent = new Set<object>();
        let [made, checks, resets, most] = [0, 0, 0, 0];
        const later = <R>(value: R): R | Promise<R> => (isLater ? clock.sleep(checks % 3).then(() => value) : value);
        let opening = 0;
        const pool = new ObjectPool<object>({
          name: 'p',
          max,
          ...(rest.maxUses === undefined ? {} : { maxUses: rest.maxUses }),
          ...(rest.maxAge === undefined ? {} : { maxAge: rest.maxAge }),
          min: rest.min,
          maxWaiters: 12,
          acquireTimeout: TIMEOUT,
          idleTimeout: 30,
          create: async () => {
            most = Math.max(most, ++opening + alive.size);
            if (makes > 0) await clock.sleep(makes);
            opening--;
            if (++made % 5 === 4) throw new Error('not made');
            const resource = {};
            alive.add(resource);
            return resource;
          },
          destroy: (resource) => {
            if (lent.has(resource)) faults.push('destroyed while lent');
            if (!alive.delete(resource)) faults.push('destroyed twice');
          },
          validate: () => later(++checks % 7 !== 3),
          reset: () => {
            if (++resets % 6 === 5) throw new Error('not reset');
            return later(undefined);
          },
          clock,
          telemetry: noTelemetry,
        });
        const take = (resource: object): void => {
          if (lent.has(resource)) faults.push('lent twice');
          if (!alive.has(resource)) faults.push('lent after its end');
          lent.add(resource);
        };
        const served: number[] = [];
        const outcomes: Outcome[][] = callers.map(() => []);
        // The order of asking: by time, then by number.
        const turns = callers
          .map((_, index) => index)
          .sort((a, b) => (callers[a]?.start ?? 0) - (callers[b]?.start ?? 0));
        for (const [turn, index] of turns.entries()) {
          const { start, hold, how } = callers[index] ?? { start: 0, hold: 0, how: 'release' };
          const ask = async (): Promise<void> => {
            const abort = new AbortController();
            if (how === 'leave') clock.schedule(hold, () => abort.abort(new Error('left')));
            const options = { signal: abort.signal, ...(how === 'hurry' ? { timeout: 5 } : {}) };
            const work = async (resource: object): Promise<void> => {
              served.push(turn);
              outcomes[index]?.push({ ended: 'lent', at: clock.elapsed() });
              take(resource);
              await clock.sleep(hold);
              lent.delete(resource);
            };
            if (how === 'use') return pool.use(work, options);
            const lease = await pool.acquire(options);
            await work(lease.value);
            const ends = [how === 'destroy' ? lease.destroy() : lease.release()];
            if (how === 'twice') ends.push(lease.release(), lease.destroy());
            await Promise.all(ends);
          };
          clock.schedule(start, () => {
            ask().catch((error: unknown) => {
              const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
              outcomes[index]?.push({ ended: code, at: clock.elapsed() });
            });
          });
        }
        const closing: Promise<void>[] = [];
        if (closeAt !== undefined) clock.schedule(closeAt, () => void closing.push(pool.close()));
        await clock.advance(1_000);
        const { inUse, waiters, size } = pool.stats;
        expect({ faults, inUse, waiters }).toEqual({ faults: [], inUse: 0, waiters: 0 });
        expect(most).toBeLessThanOrEqual(max);
        expect(served).toEqual([...served].sort((a, b) => a - b));
        for (const [index, ends] of outcomes.entries()) {
          const { start = 0, how, hold = 0 } = callers[index] ?? {};
          expect(ends).toHaveLength(1);
          const { ended, at } = ends[0] ?? { ended: '', at: 0 };
          const patience = how === 'hurry' ? 5 : TIMEOUT;
          if (ended === 'lent') expect(at).toBeLessThanOrEqual(start + patience);
          else if (ended === 'POOL_TIMEOUT') expect(at).toBe(start + patience);
          else if (ended === 'Error: left') expect([how, at]).toEqual(['leave', start + hold]);
          else if (ended === 'TOOLKIT_CLOSED') expect(at).toBe(Math.max(start, closeAt ?? Infinity));
          else expect(['RESOURCE_FAILED', 'QUEUE_FULL']).toContain(ended);
        }
        expect(size).toBe(alive.size);
        const close = pool.close();
        await clock.advance(10);
        await Promise.all([close, ...closing]);
        expect([alive.size, clock.pending]).toEqual([0, 0]);
      },
    ),
    { seed: 6, numRuns: 60 },
  );
});
