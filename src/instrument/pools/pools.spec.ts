import { createServer } from 'node:http';
import { createPool as createGenericPool } from 'generic-pool';
import Redis from 'ioredis';
import { createPool as createMysqlPool } from 'mysql2';
import { Pool as PgPool } from 'pg';
import { Registry } from 'prom-client';
import { Pool as TarnPool } from 'tarn';
import { Agent, Pool as UndiciPool } from 'undici';
import { exposeMetrics } from '../metrics/exposition';
import { UnknownPoolError } from '../errors';
import { monitorPool } from './monitor-pool';
import type { AddressInfo } from 'node:net';

async function lines(registry: Registry, name: string): Promise<Record<string, number>> {
  const text = await exposeMetrics(registry);
  const found = text.matchAll(/^telltale_pool_(\w+)\{pool="([^"]+)"\} (\S+)$/gm);
  return Object.fromEntries(
    [...found].flatMap(([, figure = '', pool, value]) => (pool === name ? [[figure, Number(value)]] : [])),
  );
}

test('generic-pool: figures, waiting and exhaustion', async () => {
  const registry = new Registry();
  let made = 0;
  const pool = createGenericPool(
    { create: () => Promise.resolve({ id: made++ }), destroy: () => Promise.resolve() },
    { max: 1 },
  );
  const monitor = monitorPool('generic', pool, registry);
  const first = await pool.acquire();
  const second = pool.acquire();
  expect(await lines(registry, 'generic')).toMatchObject({
    size: 1,
    idle: 0,
    in_use: 1,
    waiters: 1,
    limit: 1,
    exhausted_total: 1,
    acquire_seconds_count: 1,
  });
  await pool.release(first);
  await pool.release(await second);
  expect(await lines(registry, 'generic')).toMatchObject({ idle: 1, in_use: 0, waiters: 0, acquire_seconds_count: 2 });
  monitor.stop();
  expect(await lines(registry, 'generic')).toEqual({});
  expect(Object.hasOwn(pool, 'acquire')).toBe(false);
  await pool.drain();
  await pool.clear();
});

test('tarn', async () => {
  const registry = new Registry();
  const pool = new TarnPool({ create: () => Promise.resolve({}), destroy: () => undefined, min: 0, max: 2 });
  monitorPool('tarn', pool, registry);
  const { promise } = pool.acquire();
  const resource = await promise;
  expect(await lines(registry, 'tarn')).toMatchObject({ size: 1, idle: 0, in_use: 1, waiters: 0, limit: 2 });
  pool.release(resource);
  await pool.destroy();
});

test('pg, mysql2 and ioredis, not connected', async () => {
  const registry = new Registry();
  const pg = new PgPool({ max: 7 });
  const mysql = createMysqlPool({ connectionLimit: 4 });
  const redis = new Redis({ lazyConnect: true });
  monitorPool('pg', pg, registry);
  monitorPool('mysql', mysql, registry);
  monitorPool('mysql-promises', mysql.promise(), registry);
  monitorPool('redis', redis, registry);
  monitorPool('typeorm', { driver: { master: pg } }, registry);
  expect(await lines(registry, 'pg')).toMatchObject({ size: 0, idle: 0, in_use: 0, waiters: 0, limit: 7 });
  expect(await lines(registry, 'mysql')).toMatchObject({ size: 0, idle: 0, in_use: 0, waiters: 0, limit: 4 });
  expect(await lines(registry, 'mysql-promises')).toMatchObject({ limit: 4 });
  expect(await lines(registry, 'redis')).toMatchObject({ size: 0, waiters: 0 });
  expect(await lines(registry, 'typeorm')).toMatchObject({ limit: 7 });
  await pg.end();
  mysql.end();
  redis.disconnect();
});

test('undici: a pool and an agent', async () => {
  const registry = new Registry();
  const server = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = new UndiciPool(origin, { connections: 2 });
  const agent = new Agent();
  monitorPool('pool', pool, registry);
  monitorPool('agent', agent, registry);
  await (await pool.request({ path: '/', method: 'GET' })).body.text();
  await (await agent.request({ origin, path: '/', method: 'GET' })).body.text();
  expect(await lines(registry, 'pool')).toMatchObject({ size: 1, in_use: 0, waiters: 0 });
  expect(await lines(registry, 'agent')).toMatchObject({ in_use: 0 });
  await Promise.all([pool.close(), agent.close()]);
  await new Promise((resolve) => server.close(resolve));
});

test('an unknown object is refused, a function is not', () => {
  const registry = new Registry();
  expect(() => monitorPool('odd', {}, registry)).toThrow(UnknownPoolError);
  expect(monitorPool('own', () => ({ size: 2 }), registry).figures()).toEqual({ size: 2 });
});
