import { types } from 'node:util';
import { settings } from '../settings';
import { counterFamily, gaugeFamily, histogramFamily } from '../metrics/registry';
import { methodOf, shadow } from '../spans/reflection';
import { isObject } from './figures';
import { kindOf } from './kinds';
import { unwrapPool } from './wrapped-pools';
import { UnknownPoolError } from '../errors';
import type { PoolFigures, PoolKind, PoolProbe } from './probe';
import type { HistogramCell } from '../metrics/cells';
import type { CounterCell } from '../metrics/cells';
import type { MetricRegistry } from '../metrics/registry';
import type { Millis } from '../../base/clock';

const ACQUIRE_BUCKETS: readonly number[] = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const GAUGES = [
  ['size', 'telltale_pool_size', 'Resources that exist.'],
  ['idle', 'telltale_pool_idle', 'Resources that nobody uses.'],
  ['inUse', 'telltale_pool_in_use', 'Resources in use.'],
  ['waiters', 'telltale_pool_waiters', 'Those who wait for a resource.'],
  ['limit', 'telltale_pool_limit', 'Resources that may exist at most.'],
] as const;

/** A pool under observation. */
export interface PoolMonitor {
  /** Tells how long somebody waited for a resource, where the monitor cannot see it. */
  acquired(waited: Millis): void;
  /** Tells that nothing was free and nothing could be made. */
  exhausted(): void;
  /** The figures at this moment. */
  figures(): PoolFigures;
  /** Takes the pool's series out again, and leaves the pool as it was. */
  stop(): void;
}

/**
 * Exposes a pool's size, idle, in use and waiters, the time to acquire and how often it was exhausted. Takes a pool of
 * pg, undici, generic-pool, tarn, mysql2 or ioredis as it is, what holds one (Knex, TypeORM's data source), a Prisma
 * client with metrics, or a function that reads the figures of any other. A figure that a pool does not give is not
 * exposed.
 *
 * Prisma tells its figures only when asked: those exposed are of the collection before, and times to acquire are not
 * among them. From its version 7 on the pool is the driver adapter's: give that one.
 *
 * @param name the label `pool`; two pools of one name show the figures of the later one.
 * @throws UnknownPoolError for an object of no known kind.
 */
export function monitorPool(
  name: string,
  pool: object | PoolProbe,
  registry: MetricRegistry = settings().registry,
): PoolMonitor {
  const watched = unwrapPool(pool);
  const kind = kindOf(watched);
  const probe = kind === undefined ? (isProbe(pool) ? pool : undefined) : probeOf(kind, watched);
  if (probe === undefined) throw new UnknownPoolError(`the pool ${name} is of no known kind; give a function instead`);
  const labels = { pool: name };
  const families = GAUGES.map(([key, metric, help]) => {
    const family = gaugeFamily(registry, metric, help);
    const cell = family.cell(labels);
    cell.read = () => probe()[key] ?? NaN;
    return family;
  });
  const waiting = histogramFamily(
    registry,
    'telltale_pool_acquire_seconds',
    'Time from asking for a resource to having it.',
    ACQUIRE_BUCKETS,
  );
  const exhaustion = counterFamily(
    registry,
    'telltale_pool_exhausted_total',
    'Acquisitions that found no free resource and no room for another.',
  );
  const acquire = waiting.cell(labels);
  const exhausted = exhaustion.cell(labels);
  const release = kind === undefined ? undefined : watchAcquire(watched, kind, probe, acquire, exhausted);
  return {
    acquired: (waited) => acquire.observe(waited / 1_000),
    exhausted: () => exhausted.add(),
    figures: probe,
    stop: () => {
      release?.();
      for (const family of [...families, waiting, exhaustion]) family.index.remove(labels);
    },
  };
}

function isProbe(pool: object): pool is PoolProbe {
  return typeof pool === 'function';
}

/** Reads a pool of a known kind. Where the figures must be asked for, gives the last ones and asks anew. */
function probeOf(kind: PoolKind, pool: object): PoolProbe {
  const ask = kind.ask?.bind(kind, pool);
  if (ask === undefined) return () => kind.read(pool);
  let last: PoolFigures = {};
  let asking = false;
  const refresh = (): void => {
    if (asking) return;
    asking = true;
    ask()
      .then(
        (figures) => (last = figures),
        // What could not be read is unknown.
        () => (last = {}),
      )
      .finally(() => (asking = false));
  };
  refresh();
  return () => {
    refresh();
    return last;
  };
}

/** Puts a watched form before the pool's own method; gives back how to take it away. */
function watchAcquire(
  pool: object,
  kind: PoolKind,
  probe: PoolProbe,
  waiting: HistogramCell,
  exhausted: CounterCell,
): (() => void) | undefined {
  const method = kind.acquire;
  const original = method === undefined ? undefined : methodOf(pool, method);
  if (method === undefined || original === undefined) return undefined;
  const own = Reflect.getOwnPropertyDescriptor(pool, method);
  const { clock } = settings();
  const watched = shadow(pool, method, function (this: unknown, ...args: unknown[]): unknown {
    if (isExhausted(probe)) exhausted.add();
    const startedAt = clock.elapsed();
    const done = (): void => waiting.observe((clock.elapsed() - startedAt) / 1_000);
    const last = args.length - 1;
    const callback = args[last];
    if (typeof callback === 'function') {
      args[last] = function (this: unknown, ...results: unknown[]): unknown {
        if (results[0] === null || results[0] === undefined) done();
        return Reflect.apply(callback, this, results);
      };
      return Reflect.apply(original, this, args);
    }
    if (kind.begins !== undefined && isObject(callback)) awaitBeginning(callback, kind.begins, done);
    const given: unknown = Reflect.apply(original, this, args);
    const promise: unknown = isObject(given) && !types.isPromise(given) ? Reflect.get(given, 'promise') : given;
    if (types.isPromise(promise)) promise.then(done, () => undefined);
    return given;
  });
  if (!watched) return undefined;
  return () => {
    if (own === undefined) Reflect.deleteProperty(pool, method);
    else Reflect.defineProperty(pool, method, own);
  };
}

/** Calls `done` with the first call of any of the handler's methods. */
function awaitBeginning(handler: object, methods: readonly string[], done: () => void): void {
  let begun = false;
  for (const method of methods) {
    const original = methodOf(handler, method);
    if (original === undefined) continue;
    shadow(handler, method, function (this: unknown, ...args: unknown[]): unknown {
      if (!begun) done();
      begun = true;
      return Reflect.apply(original, this, args);
    });
  }
}

function isExhausted(probe: PoolProbe): boolean {
  const { idle, size, limit } = probe();
  return idle === 0 && size !== undefined && limit !== undefined && size >= limit;
}
