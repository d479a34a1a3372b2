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
  const first = await pool.acquire().promise;
  const second = await pool.acquire().promise;
  const third = pool.acquire();
  expect(await lines(registry, 'tarn')).toMatchObject({
    size: 2,
    idle: 0,
    in_use: 2,
    waiters: 1,
    limit: 2,
    acquire_seconds_count: 2,
    exhausted_total: 1,
  });
  pool.release(first);
  pool.release(second);
  pool.release(await third.promise);
  expect(await lines(registry, 'tarn')).toMatchObject({ in_use: 0, acquire_seconds_count: 3 });
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
  monitorPool('typeorm-mysql', { driver: { pool: mysql } }, registry);
  expect(await lines(registry, 'pg')).toMatchObject({ size: 0, idle: 0, in_use: 0, waiters: 0, limit: 7 });
  expect(await lines(registry, 'mysql')).toMatchObject({ size: 0, idle: 0, in_use: 0, waiters: 0, limit: 4 });
  expect(await lines(registry, 'mysql-promises')).toMatchObject({ limit: 4 });
  expect(await lines(registry, 'redis')).toMatchObject({ size: 0, waiters: 0 });
  expect(await lines(registry, 'typeorm')).toMatchObject({ limit: 7 });
  expect(await lines(registry, 'typeorm-mysql')).toMatchObject({ limit: 4 });
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

test('undici: waiting for the only connection', async () => {
  const registry = new Registry();
  const answers: (() => void)[] = [];
  const server = createServer((_request, response) => void answers.push(() => response.end('ok')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pool = new UndiciPool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
  const monitor = monitorPool('busy', pool, registry);
  const turn = async (until: () => boolean): Promise<void> => {
    while (!until()) await new Promise((resolve) => setImmediate(resolve));
  };
  const first = pool.request({ path: '/', method: 'GET' });
  await turn(() => answers.length === 1);
  const third = pool.request({ path: '/', method: 'GET' });
  expect(await lines(registry, 'busy')).toMatchObject({
    size: 1,
    limit: 1,
    in_use: 1,
    acquire_seconds_count: 1,
    exhausted_total: 1,
  });
  answers.shift()?.();
  await (await first).body.text();
  await turn(() => answers.length === 1);
  answers.shift()?.();
  await (await third).body.text();
  expect(await lines(registry, 'busy')).toMatchObject({ acquire_seconds_count: 2 });
  monitor.stop();
  expect(Object.hasOwn(pool, 'dispatch')).toBe(false);
  await pool.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('Knex: the pool of its client, though the instance is a function', async () => {
  const registry = new Registry();
  const pool = new TarnPool({ create: () => Promise.resolve({}), destroy: () => undefined, min: 0, max: 3 });
  const knex = Object.assign(() => 'a query', { client: { pool } });
  monitorPool('knex', knex, registry);
  pool.release(await pool.acquire().promise);
  expect(await lines(registry, 'knex')).toMatchObject({ size: 1, idle: 1, limit: 3, acquire_seconds_count: 1 });
  await pool.destroy();
});

test('ioredis: a cluster is the sum of its nodes', async () => {
  const registry = new Registry();
  const node = (status: string, commands: number): object => ({
    status,
    commandQueue: { length: commands },
    offlineQueue: { length: 0 },
  });
  const nodes = (): object[] => [node('ready', 2), node('ready', 0), node('connecting', 0)];
  monitorPool('cluster', { isCluster: true, nodes, offlineQueue: { length: 1 } }, registry);
  expect(await lines(registry, 'cluster')).toEqual(
    expect.objectContaining({ size: 2, idle: 1, in_use: 1, waiters: 3, limit: 3 }),
  );
});

test('Prisma: asked for at one collection, exposed at the next; unknown when it does not answer', async () => {
  const registry = new Registry();
  let answer: () => Promise<unknown> = () =>
    Promise.resolve({
      counters: [{ key: 'prisma_pool_connections_opened_total', value: 9 }],
      gauges: [
        { key: 'prisma_pool_connections_open', value: 5 },
        { key: 'prisma_pool_connections_busy', value: 4 },
        { key: 'prisma_pool_connections_idle', value: 1 },
        { key: 'prisma_client_queries_wait', value: 2 },
      ],
    });
  const prisma = { $metrics: { json: () => answer() } };
  const monitor = monitorPool('prisma', prisma, registry);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await lines(registry, 'prisma')).toMatchObject({ size: 5, in_use: 4, idle: 1, waiters: 2 });
  expect(monitor.figures()).toEqual({ size: 5, inUse: 4, idle: 1, waiters: 2 });
  await new Promise((resolve) => setImmediate(resolve));
  answer = () => Promise.reject(new Error('disconnected'));
  await lines(registry, 'prisma');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await lines(registry, 'prisma')).not.toHaveProperty('size');
});

test('a pool that throws when it is read has no figures, and the others theirs', async () => {
  const registry = new Registry();
  monitorPool(
    'broken',
    () => {
      throw new Error('closed');
    },
    registry,
  );
  monitorPool('well', () => ({ size: 1 }), registry);
  expect(await lines(registry, 'broken')).not.toHaveProperty('size');
  expect(await lines(registry, 'well')).toMatchObject({ size: 1 });
});

test('an unknown object is refused, a function is not', () => {
  const registry = new Registry();
  expect(() => monitorPool('odd', {}, registry)).toThrow(UnknownPoolError);
  expect(monitorPool('own', () => ({ size: 2 }), registry).figures()).toEqual({ size: 2 });
});
