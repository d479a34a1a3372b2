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
    acquire: undefined,
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
    matches: (pool) => mysqlCore(pool) !== undefined,
    read: (pool) => {
      const core = mysqlCore(pool) ?? pool;
      const size = lengthOf(core, '_allConnections');
      const idle = lengthOf(core, '_freeConnections');
      return figures({
        size,
        idle,
        inUse: minus(size, idle),
        waiters: lengthOf(core, '_connectionQueue'),
        limit: numberOf(core, 'config', 'connectionLimit'),
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
      });
    },
    acquire: undefined,
  },
  {
    name: 'ioredis',
    matches: (pool) => 'commandQueue' in pool && 'offlineQueue' in pool && 'status' in pool,
    read: (pool) => {
      const ready = Reflect.get(pool, 'status') === 'ready';
      const busy = lengthOf(pool, 'commandQueue') ?? 0;
      return {
        size: ready ? 1 : 0,
        idle: ready && busy === 0 ? 1 : 0,
        inUse: ready && busy > 0 ? 1 : 0,
        waiters: busy + (lengthOf(pool, 'offlineQueue') ?? 0),
        limit: 1,
      };
    },
    acquire: undefined,
  },
  {
    name: 'typeorm',
    matches: (pool) => typeOrmPool(pool) !== undefined,
    read: (pool) => {
      const inner = typeOrmPool(pool);
      return inner === undefined ? {} : (kindOf(inner)?.read(inner) ?? {});
    },
    acquire: undefined,
  },
];

/** The kind of a pool; undefined when it is none that is known. */
export function kindOf(pool: object): PoolKind | undefined {
  return poolKinds.find((kind) => kind.matches(pool));
}

/** mysql2's pool, also behind its promise form. */
function mysqlCore(pool: object): object | undefined {
  if ('_allConnections' in pool && '_freeConnections' in pool) return pool;
  const inner: unknown = Reflect.get(pool, 'pool');
  return isObject(inner) && '_allConnections' in inner ? inner : undefined;
}

/** A TypeORM data source keeps the driver's own pool. */
function typeOrmPool(source: object): object | undefined {
  const driver: unknown = Reflect.get(source, 'driver');
  if (!isObject(driver)) return undefined;
  const pool: unknown = Reflect.get(driver, 'master') ?? Reflect.get(driver, 'pool');
  return isObject(pool) && pool !== source ? pool : undefined;
}

function has(target: object, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof Reflect.get(target, method) === 'function');
}

/** A number, or what a method without arguments gives. */
function numberOf(target: object, ...path: readonly string[]): number | undefined {
  let found: unknown = target;
  let owner: unknown = target;
  for (const key of path) {
    if (!isObject(found)) return undefined;
    owner = found;
    found = Reflect.get(found, key);
  }
  if (typeof found === 'function') found = Reflect.apply(found, owner, []);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

function lengthOf(target: object, key: string): number | undefined {
  const queue: unknown = Reflect.get(target, key);
  return isObject(queue) ? numberOf(queue, 'length') : undefined;
}

function sum(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

function minus(from: number | undefined, take: number | undefined): number | undefined {
  return from === undefined || take === undefined ? undefined : from - take;
}

function figures(given: { readonly [K in keyof PoolFigures]: PoolFigures[K] | undefined }): PoolFigures {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
