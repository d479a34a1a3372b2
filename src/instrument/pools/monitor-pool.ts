import { types } from 'node:util';
import { settings } from '../settings';
import { counterFamily, gaugeFamily, histogramFamily } from '../metrics/registry';
import { methodOf } from '../spans/reflection';
import { kindOf } from './kinds';
import { UnknownPoolError } from '../errors';
import type { PoolFigures, PoolProbe } from './probe';
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
 * pg, undici, generic-pool, tarn, mysql2, ioredis or TypeORM as it is, or a function that reads the figures of any other.
 *
 * @throws UnknownPoolError for an object of no known kind.
 */
export function monitorPool(
  name: string,
  pool: object | PoolProbe,
  registry: MetricRegistry = settings().registry,
): PoolMonitor {
  const kind = typeof pool === 'function' ? undefined : kindOf(pool);
  const probe = isProbe(pool) ? pool : kind === undefined ? undefined : (): PoolFigures => kind.read(pool);
  if (probe === undefined) throw new UnknownPoolError(`the pool ${name} is of no known kind; give a function instead`);
  const labels = { pool: name };
  const families = GAUGES.map(([key, metric, help]) => {
    const family = gaugeFamily(registry, metric, help);
    family.cell(labels).read = () => probe()[key] ?? NaN;
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
  const release = kind?.acquire === undefined ? undefined : watchAcquire(pool, kind.acquire, probe, acquire, exhausted);
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

/** Puts a watched form before the pool's own method, by callback or promise; gives back how to take it away. */
function watchAcquire(
  pool: object,
  method: string,
  probe: PoolProbe,
  waiting: HistogramCell,
  exhausted: CounterCell,
): (() => void) | undefined {
  const original = methodOf(pool, method);
  if (original === undefined) return undefined;
  const own = Reflect.getOwnPropertyDescriptor(pool, method);
  const { clock } = settings();
  const watched = Reflect.defineProperty(pool, method, {
    configurable: true,
    enumerable: false,
    writable: true,
    value(this: unknown, ...args: unknown[]): unknown {
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
      const given: unknown = Reflect.apply(original, this, args);
      if (types.isPromise(given)) given.then(done, () => undefined);
      return given;
    },
  });
  if (!watched) return undefined;
  return () => {
    if (own === undefined) Reflect.deleteProperty(pool, method);
    else Reflect.defineProperty(pool, method, own);
  };
}

function isExhausted(probe: PoolProbe): boolean {
  const { idle, size, limit } = probe();
  return idle === 0 && size !== undefined && limit !== undefined && size >= limit;
}
