import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { TieredCache } from './tiered-cache';
import { globMatcher } from './tiers/tier';
import { MapTier, localBus } from './testing/fakes';
import type { TieredCacheOptions } from './tiered-cache';
import type { InvalidationBus } from './tiers/tier';

function setUp(options: Partial<TieredCacheOptions<unknown>> = {}) {
  const clock = new ManualClock();
  const cache = new TieredCache<unknown>({
    name: 'test',
    ttl: 1_000,
    jitter: 0,
    clock,
    random: () => 0.5,
    telemetry: noTelemetry,
    ...options,
  });
  return { clock, cache };
}

test.each([[undefined], [null], [0], [''], [false], [NaN]])('%p is a value like others', async (value) => {
  const tier = new MapTier();
  const { cache } = setUp({ tiers: [tier] });
  let loads = 0;
  const load = async () => (loads++, value);
  expect([await cache.getOrLoad('k', load), await cache.getOrLoad('k', load)]).toEqual([value, value]);
  await cache.settled();
  const other = setUp({ tiers: [tier] }).cache;
  expect(await other.lookup('k')).toMatchObject({ value, tier: 'map' });
  expect(loads).toBe(1);
});

test('10,000 misses at once load once', async () => {
  const { cache, clock } = setUp();
  let loads = 0;
  const load = async () => {
    loads++;
    await clock.sleep(10);
    return 'v';
  };
  const answers = Promise.all(Array.from({ length: 10_000 }, () => cache.getOrLoad('k', load)));
  await clock.advance(10);
  expect(new Set(await answers)).toEqual(new Set(['v']));
  expect(loads).toBe(1);
});

test('stale values come at once and are loaded anew behind', async () => {
  const { cache, clock } = setUp({ staleFor: 1_000 });
  let version = 0;
  const load = async () => ++version;
  expect(await cache.getOrLoad('k', load)).toBe(1);
  await clock.advance(1_500);
  expect(await cache.getOrLoad('k', load)).toBe(1);
  await cache.settled();
  expect(await cache.getOrLoad('k', load)).toBe(2);
  await clock.advance(2_000);
  expect(await cache.lookup('k')).toBeUndefined();
});

test('negative results may live shorter; lifetimes are spread', async () => {
  const { cache, clock } = setUp({ negativeTtl: 100, jitter: 0.5 });
  await cache.getOrLoad('none', async () => undefined);
  await cache.set('some', 1);
  await clock.advance(100);
  expect(await cache.lookup('none')).toBeUndefined();
  await clock.advance(640);
  expect(await cache.get('some')).toBe(1);
  await clock.advance(20);
  expect(await cache.get('some')).toBeUndefined();
});

test('instances forget together, by key, tag and pattern', async () => {
  const { join } = localBus();
  const tier = new MapTier();
  const [a, b] = [setUp({ tiers: [tier], bus: join() }).cache, setUp({ tiers: [tier], bus: join() }).cache];
  await Promise.all([a.settled(), b.settled()]);
  for (const [key, tags] of [
    ['user:1', ['u']],
    ['user:2', []],
    ['file:1', ['f']],
    ['file:2', ['f']],
  ] as const) {
    await a.set(key, key, { tags });
    expect(await b.get(key)).toBe(key);
  }
  await a.invalidateTag('u');
  await a.invalidatePattern('file:?');
  expect(await Promise.all(['user:1', 'user:2', 'file:1', 'file:2'].map((key) => b.get(key)))).toEqual([
    undefined,
    'user:2',
    undefined,
    undefined,
  ]);
  await b.delete('user:2');
  expect(await a.get('user:2')).toBeUndefined();
});

test('what began to load before an invalidation is not kept', async () => {
  const { cache, clock } = setUp();
  const loading = cache.getOrLoad('k', async () => (await clock.sleep(10), 'old'), { tags: ['t'] });
  await clock.advance(5);
  await cache.invalidateTag('t');
  await clock.advance(5);
  expect(await loading).toBe('old');
  expect(await cache.lookup('k')).toBeUndefined();
});

test('a hit further out is promoted', async () => {
  const [near, far] = [new MapTier('near'), new MapTier('far')];
  await setUp({ tiers: [far] }).cache.set('k', 'v');
  const { cache } = setUp({ tiers: [near, far] });
  expect(await cache.lookup('k')).toMatchObject({ tier: 'far' });
  await cache.settled();
  expect(near.size).toBe(1);
  expect(await cache.lookup('k')).toMatchObject({ tier: 'memory' });
});

test('a broken, slow or lying tier never fails a call, and is left alone after a while', async () => {
  const tier = new MapTier();
  const { cache, clock } = setUp({ tiers: [tier], tierTimeout: 50 });
  tier.fail = 'reject';
  for (let count = 0; count < 10; count++) expect(await cache.getOrLoad(`k${count}`, async () => count)).toBe(count);
  await cache.settled();
  expect(tier.calls).toBeLessThanOrEqual(6);
  await clock.advance(5_000);
  tier.fail = 'garbage';
  expect(await cache.getOrLoad('g', async () => 'fine')).toBe('fine');
  tier.fail = 'hang';
  const slow = cache.getOrLoad('s', async () => 'also fine');
  await clock.advance(50);
  expect(await slow).toBe('also fine');
});

test('work behind is bounded: beyond, nothing is begun', async () => {
  const tier = Object.assign(new MapTier('slow'), { set: () => new Promise<void>(() => undefined) });
  const { cache, clock } = setUp({ tiers: [tier], tierTimeout: 60_000 });
  let loaded = 0;
  await Promise.all(Array.from({ length: 1_200 }, (_, at) => cache.getOrLoad(`k${at}`, async () => ++loaded)));
  expect(loaded).toBe(1_200);
  expect(cache.stats.background).toBe(1_000);
  await clock.advance(60_000);
  await cache.settled();
  expect(cache.stats.background).toBe(0);
});

test('a bus that is down is survived', async () => {
  const bus: InvalidationBus = {
    publish: () => Promise.reject(new Error('down')),
    subscribe: () => Promise.reject(new Error('down')),
    close: () => Promise.resolve(),
  };
  const { cache } = setUp({ bus });
  await cache.set('k', 1);
  await cache.delete('k');
  expect(await cache.get('k')).toBeUndefined();
});

test('large values are compressed for other tiers', async () => {
  const tier = new MapTier();
  const { cache } = setUp({ tiers: [tier], compressAbove: 100 });
  const text = 'abc '.repeat(10_000);
  await cache.set('k', text);
  expect(tier.bytes).toBeLessThan(2_000);
  expect(await setUp({ tiers: [tier] }).cache.get('k')).toBe(text);
});

test('prefetch follows sequences, and is off where they do not repeat', async () => {
  const run = async (keyAt: (step: number) => string) => {
    let loads = 0;
    let ahead = 0;
    const { cache, clock } = setUp({ ttl: 10, prefetch: async (key) => (ahead++, `v:${key}`) });
    for (let step = 0; step < 600; step++) {
      await cache.getOrLoad(keyAt(step), async () => (loads++, 'v'));
      await cache.settled();
      if (step % 5 === 0) await clock.advance(10);
    }
    return { loads, ahead, stats: cache.stats };
  };
  const regular = await run((step) => `k${step % 20}`);
  expect(regular.ahead).toBeGreaterThan(300);
  expect(regular.loads).toBeLessThan(300);
  expect(regular.stats).toMatchObject({ prefetching: true, prefetchPrecision: 1 });
  const irregular = await run((step) => `k${(step * step * 7 + step * 13) % 997}`);
  expect(irregular.ahead).toBe(0);
  expect(irregular.stats).toMatchObject({ prefetching: false });
});

test('two instances answer as one map would, whatever is set, forgotten or left to expire', async () => {
  const step = fc.record({
    at: fc.nat(1),
    key: fc.constantFrom('a:1', 'a:2', 'b:1'),
    what: fc.constantFrom('set', 'get', 'load', 'delete', 'tag', 'pattern', 'wait'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { join } = localBus();
      const tier = new MapTier();
      const clock = new ManualClock();
      const both = [0, 1].map(() => setUp({ clock, tiers: [tier], bus: join(), memory: { maxEntries: 2 } }).cache);
      await Promise.all(both.map((cache) => cache.settled()));
      const model = new Map<string, { value: number; until: number }>();
      const known = (key: string) => {
        const entry = model.get(key);
        return entry !== undefined && clock.now() < entry.until ? entry.value : undefined;
      };
      for (const [value, { at, key, what }] of steps.entries()) {
        const cache = both[at];
        if (cache === undefined) throw new Error('there are two');
        const store = () => model.set(key, { value, until: clock.now() + 1_000 });
        const options = { tags: [key.slice(0, 1)] };
        if (what === 'set') {
          await cache.set(key, value, options);
          store();
        } else if (what === 'load') {
          const want = known(key) ?? value;
          expect(await cache.getOrLoad(key, async () => value, options)).toBe(want);
          if (want === value) store();
        } else if (what === 'delete') {
          await cache.delete(key);
          model.delete(key);
        } else if (what === 'wait') await clock.advance(400);
        else if (what === 'get') expect(await cache.get(key)).toBe(known(key));
        else {
          await (what === 'tag'
            ? cache.invalidateTag(key.slice(0, 1))
            : cache.invalidatePattern(`${key.slice(0, 2)}*`));
          for (const each of [...model.keys()]) if (each.startsWith(key.slice(0, 2))) model.delete(each);
        }
        await cache.settled();
      }
    }),
    { seed: 9, numRuns: 60 },
  );
});

test('memory is bounded by entries and by bytes', async () => {
  const { cache } = setUp({ memory: { maxEntries: 50, maxBytes: 1_000 }, sizeOf: (value) => String(value).length });
  for (let count = 0; count < 500; count++) await cache.set(`k${count}`, 'x'.repeat(30));
  expect(cache.stats.entries).toBeLessThanOrEqual(33);
  expect(cache.stats.bytes).toBeLessThanOrEqual(1_000);
});

test.each([
  ['a:*', 'a:b:c', true],
  ['a:?', 'a:bc', false],
  ['a.b', 'axb', false],
])('pattern %s on %s: %s', (pattern, key, want) => expect(globMatcher(pattern)(key)).toBe(want));
