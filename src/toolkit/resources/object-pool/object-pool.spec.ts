import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ObjectPool } from './object-pool';
import type { Telemetry } from '../../../base/telemetry';
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

test('a lease that is held too long is reported once, with the stack that asked for it', async () => {
  const leaks: Leak[] = [];
  const { clock, pool } = setUp({ max: 1, leakAfter: 1_000, onLeak: (leak) => void leaks.push(leak) });
  const askAtOnce = () => pool.acquire();
  const askAndWait = () => pool.acquire();
  const askByUse = () => pool.use(() => clock.sleep(5_000));
  const [lease, waiting] = [await askAtOnce(), askAndWait()];
  await clock.advance(50);
  await lease.release();
  const second = await waiting;
  await clock.advance(999);
  expect(leaks).toEqual([]);
  await clock.advance(1);
  await second.release();
  const using = askByUse();
  await clock.advance(5_000);
  await using;
  const want = ['askAndWait', 'askByUse'].map((name) => ({
    pool: 'test',
    collected: false,
    heldFor: 1_000,
    // From the caller's own frame on, none of the pool's.
    stack: expect.stringMatching(new RegExp(`^ *at .*object-pool\\.spec\\.ts.*\\n.*${name}`)),
  }));
  expect(leaks).toEqual(want);
  expect(pool.stats).toMatchObject({ idle: 1, inUse: 0 });
});

test('a lease that is dropped is taken back, reported, and its resource replaced', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const leaks: Leak[] = [];
  const { pool, destroyed } = setUp({ max: 1, onLeak: (leak) => void leaks.push(leak) });
  const borrow = async (giveBack: boolean) => {
    const lease = await pool.acquire({ timeout: Infinity });
    if (giveBack) await lease.release();
    return lease.value;
  };
  // The first loan is an honest one: the resource is not told of to the collector anew for the second.
  expect([await borrow(true), await borrow(false)]).toEqual([1, 1]);
  const next = borrow(true);
  for (let turn = 0; turn < 1_000 && leaks.length === 0; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(leaks).toEqual([{ pool: 'test', collected: true, heldFor: 0, stack: '' }]);
  expect(await next).toBe(2);
  expect(destroyed).toEqual([1]);
  expect(pool.stats).toMatchObject({ size: 1, idle: 1, inUse: 0 });
});

test('of a resource that was destroyed nothing is kept', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const pool = new ObjectPool({ name: 'test', create: () => ({}) });
  const make = async (): Promise<WeakRef<object>[]> => {
    const refs: WeakRef<object>[] = [];
    for (let n = 0; n < 20; n++) {
      const lease = await pool.acquire();
      refs.push(new WeakRef(lease.value));
      await lease.destroy();
    }
    return refs;
  };
  const refs = await make();
  const kept = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
  for (let turn = 0; turn < 1_000 && kept() > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(kept()).toBe(0);
  await pool.close();
});

test('a lease that has ended can do nothing to the next loan of its resource', async () => {
  const { pool, destroyed } = setUp({ max: 1 });
  const first = await pool.acquire();
  await first.release();
  const second = await pool.acquire();
  const refused = pool.acquire();
  await Promise.all([first.release(), first.destroy(), first[Symbol.asyncDispose]()]);
  expect([destroyed, pool.stats.inUse, pool.stats.waiters]).toEqual([[], 1, 1]);
  await second.destroy();
  await second.release();
  expect([destroyed, (await refused).value]).toEqual([[1], 2]);
});

test('while something is idle it is lent within the call, without a timer; all who wait share one', async () => {
  const { clock, pool } = setUp({ max: 1, idleTimeout: 10_000, validate: () => true, reset: () => undefined });
  await (await pool.acquire()).release();
  await clock.advance(200);
  const timers = clock.pending;
  const order: string[] = [];
  const used = pool.use(() => void order.push('used'));
  order.push('asked');
  await used;
  expect(order).toEqual(['used', 'asked']);
  const lease = await pool.acquire();
  expect([clock.pending, pool.stats]).toEqual([timers, { size: 1, idle: 0, inUse: 1, waiters: 0, max: 1 }]);
  const ends = [70, 30, 50, 30].map((timeout) => pool.acquire({ timeout }).catch(() => clock.elapsed()));
  expect(clock.pending).toBe(timers + 1);
  const endless = pool.acquire({ timeout: Infinity });
  await clock.advance(200);
  expect(await Promise.all(ends)).toEqual([270, 230, 250, 230]);
  await lease.release();
  await (await endless).release();
  await pool.close();
  expect(clock.pending).toBe(0);
});

test('who waits for one that is being made takes what comes back before', async () => {
  const { clock, pool } = setUp({ max: 2, create: () => clock.sleep(50).then(() => 1) });
  const opening = pool.acquire();
  await clock.advance(50);
  const lease = await opening;
  const waiting = pool.acquire().then(() => clock.elapsed());
  await clock.advance(10);
  await lease.release();
  await clock.advance(50);
  expect(await waiting).toBe(60);
  expect(pool.stats).toMatchObject({ size: 2, idle: 1, inUse: 1 });
});

test('exhausted is who finds nothing idle and no room; failed is what was unfit or could not be reset', async () => {
  const counts = new Map<string, number>();
  const telemetry: Telemetry = {
    ...noTelemetry,
    counter: (name) => ({ add: () => void counts.set(name, (counts.get(name) ?? 0) + 1) }),
  };
  const { pool } = setUp({ max: 2, telemetry, validate: (value) => value !== 1, maxUses: 2, maxWaiters: 3 });
  const leases = [pool.acquire(), pool.acquire()];
  expect([...counts]).toEqual([]);
  const waiting = pool.acquire();
  expect([...counts]).toEqual([['telltale_pool_exhausted_total', 1]]);
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  for (const lease of await Promise.all(leases)) await lease.release();
  await (await waiting).release();
  expect([...counts]).toEqual([
    ['telltale_pool_exhausted_total', 2],
    ['telltale_pool_timeouts_total', 1],
    ['telltale_pool_failures_total', 1],
  ]);
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
