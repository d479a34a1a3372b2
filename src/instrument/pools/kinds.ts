import { methodOf } from '../spans/reflection';
import { figures, has, isObject, lengthOf, minus, numberOf, sum } from './figures';
import type { PoolFigures, PoolKind } from './probe';

/** Pools known by their shape; none of their packages need be installed. */
const poolKinds: readonly PoolKind[] = [
  {
    name: 'tarn',
    matches: (pool) => has(pool, 'numUsed', 'numFree', 'numPendingAcquires'),
    read: (pool) => {
      const inUse = numberOf(pool, 'numUsed');
      const idle = numberOf(pool, 'numFree');
      return figures({
        size: sum(inUse, idle, numberOf(pool, 'numPendingCreates')),
        idle,
        inUse,
        waiters: numberOf(pool, 'numPendingAcquires'),
        limit: numberOf(pool, 'max'),
      });
    },
    acquire: 'acquire',
  },
  {
    name: 'generic-pool',
    matches: (pool) => 'borrowed' in pool && 'available' in pool && 'pending' in pool && has(pool, 'acquire'),
    read: (pool) =>
      figures({
        size: numberOf(pool, 'size'),
        idle: numberOf(pool, 'available'),
        inUse: numberOf(pool, 'borrowed'),
        waiters: numberOf(pool, 'pending'),
        limit: numberOf(pool, 'max'),
      }),
    acquire: 'acquire',
  },
  {
    name: 'pg',
    matches: (pool) => 'totalCount' in pool && 'idleCount' in pool && 'waitingCount' in pool,
    read: (pool) => {
      const size = numberOf(pool, 'totalCount');
      const idle = numberOf(pool, 'idleCount');
      return figures({
        size,
        idle,
        inUse: minus(size, idle),
        waiters: numberOf(pool, 'waitingCount'),
        limit: numberOf(pool, 'options', 'max'),
      });
    },
    acquire: 'connect',
  },
  {
    name: 'mysql2',
    matches: (pool) => '_allConnections' in pool && '_freeConnections' in pool,
    read: (pool) => {
      const size = lengthOf(pool, '_allConnections');
      const idle = lengthOf(pool, '_freeConnections');
      return figures({
        size,
        idle,
        inUse: minus(size, idle),
        waiters: lengthOf(pool, '_connectionQueue'),
        limit: numberOf(pool, 'config', 'connectionLimit'),
      });
    },
    acquire: 'getConnection',
  },
  {
    name: 'undici',
    matches: (pool) => 'stats' in pool && has(pool, 'dispatch'),
    read: (pool) => {
      const stats: unknown = Reflect.get(pool, 'stats');
      if (typeof stats !== 'object' || stats === null) return {};
      const perOrigin = Object.values(stats).filter(isObject);
      const all = perOrigin.length > 0 && numberOf(stats, 'connected') === undefined ? perOrigin : [stats];
      const total = (key: string): number | undefined => sum(...all.map((one) => numberOf(one, key)));
      return figures({
        size: total('connected'),
        idle: total('free'),
        inUse: total('running'),
        waiters: sum(total('queued'), total('pending')),
        limit: undiciLimit(pool),
      });
    },
    acquire: 'dispatch',
    // A request has its connection when its handler hears of it, by the newer name or the older one.
    begins: ['onRequestStart', 'onConnect'],
  },
  {
    name: 'ioredis',
    matches: (pool) => 'commandQueue' in pool && 'offlineQueue' in pool && 'status' in pool,
    read: redisFigures,
    acquire: undefined,
  },
  {
    name: 'ioredis cluster',
    matches: (pool) => Reflect.get(pool, 'isCluster') === true && has(pool, 'nodes'),
    read: (pool) => {
      const nodes = nodesOf(pool).map((node) => redisFigures(node));
      const total = (key: keyof PoolFigures): number => sum(0, ...nodes.map((node) => node[key])) ?? 0;
      return {
        size: total('size'),
        idle: total('idle'),
        inUse: total('inUse'),
        waiters: total('waiters') + (lengthOf(pool, 'offlineQueue') ?? 0),
        limit: total('limit'),
      };
    },
    acquire: undefined,
  },
  {
    name: 'prisma',
    matches: (pool) => metricsOf(pool) !== undefined,
    read: () => ({}),
    acquire: undefined,
    ask: async (pool) => {
      const gauge = await prismaGauges(pool);
      return figures({
        size: gauge('prisma_pool_connections_open'),
        idle: gauge('prisma_pool_connections_idle'),
        inUse: gauge('prisma_pool_connections_busy'),
        waiters: gauge('prisma_client_queries_wait'),
      });
    },
  },
];

/** The kind of a pool; undefined when it is none that is known. */
export function kindOf(pool: object): PoolKind | undefined {
  return poolKinds.find((kind) => kind.matches(pool));
}

/** A connection is a pool of one; commands that wait for it, or for its answers, are the waiters. */
function redisFigures(redis: object): PoolFigures {
  const ready = Reflect.get(redis, 'status') === 'ready';
  const busy = lengthOf(redis, 'commandQueue') ?? 0;
  return {
    size: ready ? 1 : 0,
    idle: ready && busy === 0 ? 1 : 0,
    inUse: ready && busy > 0 ? 1 : 0,
    waiters: busy + (lengthOf(redis, 'offlineQueue') ?? 0),
    limit: 1,
  };
}

function nodesOf(cluster: object): object[] {
  const list = methodOf(cluster, 'nodes');
  const nodes: unknown = list === undefined ? undefined : Reflect.apply(list, cluster, []);
  return Array.isArray(nodes) ? nodes.filter(isObject) : [];
}

/** Prisma's metrics, where the client was generated with the preview feature `metrics`. */
function metricsOf(client: object): object | undefined {
  const metrics: unknown = Reflect.get(client, '$metrics');
  return isObject(metrics) && methodOf(metrics, 'json') !== undefined ? metrics : undefined;
}

/** The gauges by key. */
async function prismaGauges(client: object): Promise<(key: string) => number | undefined> {
  const metrics = metricsOf(client);
  const json = metrics === undefined ? undefined : methodOf(metrics, 'json');
  const told: unknown = json === undefined ? undefined : await Reflect.apply(json, metrics, []);
  const gauges: unknown = isObject(told) ? Reflect.get(told, 'gauges') : undefined;
  const list: readonly unknown[] = Array.isArray(gauges) ? gauges : [];
  const values = new Map(list.filter(isObject).map((gauge) => [Reflect.get(gauge, 'key'), numberOf(gauge, 'value')]));
  return (key) => values.get(key);
}

/** undici keeps the number of connections it was given under a symbol of its own. */
function undiciLimit(pool: object): number | undefined {
  const symbol = Object.getOwnPropertySymbols(pool).find(({ description }) => description === 'connections');
  const limit: unknown = symbol === undefined ? undefined : Reflect.get(pool, symbol);
  return typeof limit === 'number' ? limit : undefined;
}
