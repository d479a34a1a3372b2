import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ObjectPool } from './object-pool';
import type { ObjectPoolOptions } from './object-pool';
import type { Leak } from './leak-watch';

function setUp(options: Partial<ObjectPoolOptions<number>> = {}) {
  const clock = new ManualClock();
  let made = 0;
  const destroyed: number[] = [];
  const pool = new ObjectPool<number>({
    name: 'test',
    create: () => ++made,
    destroy: (value) => void destroyed.push(value),
    max: 2,
    acquireTimeout: 100,
    clock,
    telemetry: noTelemetry,
    ...options,
  });
  return { clock, pool, destroyed, made: () => made };
}

test('lends up to its limit, then in the order of asking', async () => {
  const { pool } = setUp();
  const [a, b] = [await pool.acquire(), await pool.acquire()];
  const order: string[] = [];
  const waiting = ['c', 'd'].map((who) => pool.acquire().then((lease) => (order.push(who), lease)));
  expect(pool.stats).toMatchObject({ size: 2, inUse: 2, idle: 0, waiters: 2 });
  await a.release();
  await b.release();
  await Promise.all(waiting);
  expect(order).toEqual(['c', 'd']);
});

test('who waits too long, leaves, or comes when too many wait, gets nothing', async () => {
  const { clock, pool } = setUp({ max: 1, maxWaiters: 2 });
  const lease = await pool.acquire();
  const abort = new AbortController();
  const late = pool.acquire();
  const leaving = pool.acquire({ signal: abort.signal });
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  abort.abort(new Error('left'));
  await expect(leaving).rejects.toThrow('left');
  const outcome = expect(late).rejects.toMatchObject({ code: 'POOL_TIMEOUT' });
  await clock.advance(100);
  await outcome;
  await lease.release();
  expect(pool.stats).toMatchObject({ idle: 1, waiters: 0 });
});

test('unfit, worn out and unresettable resources are replaced', async () => {
  const unfit = new Set([1]);
  const { pool, destroyed } = setUp({
    max: 1,
    maxUses: 2,
    validate: (value) => !unfit.has(value),
    reset: (value) => {
      if (value === 3) throw new Error('cannot reset');
    },
  });
  const use = () => pool.use((value) => value);
  expect([await use(), await use(), await use(), await use(), await use()]).toEqual([1, 2, 2, 3, 4]);
  expect(destroyed).toEqual([1, 2, 3]);
});

test('a resource that cannot be made is an error for one caller', async () => {
  let fails = 1;
  const { pool } = setUp({
    create: () => {
      if (fails-- > 0) throw new Error('no server');
      return 7;
    },
  });
  await expect(pool.acquire()).rejects.toMatchObject({
    code: 'RESOURCE_FAILED',
    message: expect.stringContaining('no server'),
  });
  expect((await pool.acquire()).value).toBe(7);
});

test('idle resources above the minimum go after their time', async () => {
  const { clock, pool, destroyed } = setUp({ min: 1, max: 3, idleTimeout: 50 });
  await pool.warmUp();
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
  for (const lease of leases) await lease.release();
  await clock.advance(50);
  expect(pool.stats.size).toBe(1);
  expect(destroyed).toHaveLength(2);
});

test('a lease that is held too long is reported, with the stack that took it', async () => {
  const leaks: Leak[] = [];
  const { clock, pool } = setUp({ leakAfter: 1_000, onLeak: (leak) => void leaks.push(leak) });
  const lease = await pool.acquire();
  await clock.advance(2_000);
  expect(leaks).toMatchObject([{ pool: 'test', collected: false, stack: expect.stringContaining('ObjectPool') }]);
  await lease.release();
  await lease.release();
  expect(pool.stats).toMatchObject({ idle: 1, inUse: 0 });
});

test('closing waits for leases and refuses the rest', async () => {
  const { pool, destroyed } = setUp({ max: 1 });
  const lease = await pool.acquire();
  const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });
  const closing = pool.close();
  await refused;
  await lease.release();
  await closing;
  expect(destroyed).toEqual([1]);
  expect(pool.stats.size).toBe(0);
});

test('whatever happens, the limit holds and nothing is lent twice or lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(fc.nat(200), fc.nat(60), fc.nat(9)), { maxLength: 40 }),
      async (max, users) => {
        let alive = 0;
        let most = 0;
        const lent = new Set<object>();
        let faults = 0;
        let answered = 0;
        const clock = new ManualClock();
        const pool = new ObjectPool<object>({
          name: 'p',
          max,
          acquireTimeout: 40,
          idleTimeout: 30,
          create: async () => {
            most = Math.max(most, ++alive);
            await clock.sleep(3);
            if (alive % 5 === 4) {
              alive--;
              throw new Error('not made');
            }
            return {};
          },
          destroy: () => void alive--,
          validate: () => alive % 3 !== 2,
          clock,
          telemetry: noTelemetry,
        });
        for (const [start, hold, how] of users) {
          clock.schedule(start, () => {
            const abort = new AbortController();
            if (how === 0) clock.schedule(hold, () => abort.abort(new Error('left')));
            pool.acquire({ signal: abort.signal }).then(
              async (lease) => {
                answered++;
                if (lent.has(lease.value)) faults++;
                lent.add(lease.value);
                await clock.sleep(hold);
                lent.delete(lease.value);
                await (how === 1 ? lease.destroy() : lease.release());
              },
              () => answered++,
            );
          });
        }
        await clock.advance(1_000);
        expect([faults, answered, pool.stats.inUse, pool.stats.waiters]).toEqual([0, users.length, 0, 0]);
        expect(most).toBeLessThanOrEqual(max);
        await pool.close();
        expect(alive).toBe(0);
      },
    ),
    { seed: 6, numRuns: 30 },
  );
});
