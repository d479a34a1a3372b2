import { Redis } from 'ioredis';
import { systemClock } from '../../src/base/clock';
import { noTelemetry } from '../../src/base/telemetry';
import { RedisInvalidationBus, RedisTier, TieredCache } from '../../src/toolkit/cache';
import { startRedis } from '../../src/toolkit/shared/testing/servers';
import type { TestServer } from '../../src/toolkit/shared/testing/servers';

jest.setTimeout(60_000);

let server: TestServer | undefined;

beforeAll(async () => {
  server = await startRedis();
  if (server === undefined) console.log('skipped: no Redis is installed');
});
afterAll(() => server?.stop());

async function instance(url: string, prefix: string) {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  redis.on('error', () => undefined);
  await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  const cache = new TieredCache<unknown>({
    name: 'peer',
    ttl: 60_000,
    jitter: 0,
    // A slow machine is no failing tier.
    tierTimeout: 10_000,
    tiers: [new RedisTier(redis, prefix)],
    bus: new RedisInvalidationBus(redis, `${prefix}bus`),
    telemetry: noTelemetry,
  });
  await cache.settled();
  return { redis, cache };
}

test('two instances share values, and forget together by key, tag and pattern', async () => {
  if (server === undefined) return;
  const [a, b] = [await instance(server.url, 'p1:'), await instance(server.url, 'p1:')];
  const value = { at: new Date(5), big: 9n, none: undefined, map: new Map([[1, 'x'.repeat(20_000)]]) };
  await a.cache.set('user:1', value, { tags: ['u'] });
  await a.cache.set('file:1', null, { tags: ['f'] });
  await a.cache.set('file:2', false);
  expect(await b.cache.lookup('user:1')).toMatchObject({ tier: 'redis', value });
  expect(await b.cache.lookup('file:1')).toMatchObject({ tier: 'redis', value: null });
  expect(await b.cache.lookup('file:2')).toMatchObject({ tier: 'redis', value: false });
  expect(await a.redis.strlen('p1:user:1')).toBeLessThan(2_000);
  await a.cache.invalidateTag('u');
  await a.cache.invalidatePattern('file:*');
  const left = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const key of ['user:1', 'file:1', 'file:2']) if ((await b.cache.lookup(key)) !== undefined) found.push(key);
    return found;
  };
  for (let tries = 0; tries < 200 && (await left()).length > 0; tries++) await systemClock.sleep(50);
  expect(await left()).toEqual([]);
  await Promise.all([a.cache.close(), b.cache.close()]);
});

test('a Redis that is killed costs hits, not calls, and is used again when it is back', async () => {
  const own = await startRedis();
  if (own === undefined) return;
  const { cache } = await instance(own.url, 'p2:');
  await cache.set('k', 1);
  await own.stop();
  for (let count = 0; count < 20; count++) expect(await cache.getOrLoad(`n${count}`, async () => count)).toBe(count);
  const again = await startRedis(Number(new URL(own.url).port));
  let tier: string | undefined;
  for (let tries = 0; tries < 100 && tier !== 'redis'; tries++) {
    await systemClock.sleep(200);
    await cache.set('back', tries);
    const other = await instance(again?.url ?? '', 'p2:');
    tier = (await other.cache.lookup('back'))?.tier;
    await other.cache.close();
  }
  expect(tier).toBe('redis');
  await cache.close();
  await again?.stop();
});
