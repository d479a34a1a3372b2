import type { BatcherFacts, CacheFacts, CacheWindow, PeriodFacts, PoolFacts } from '../facts';
import type { ReportPeriod } from '../report';
import { rangeOf } from './ask';
import type { Ask } from './ask';

const HOUR = 3_600_000;
/** Points that a quantile over time looks at, at most. */
const POINTS = 2_000;

/** What series tell of pools, caches and batchers. */
export async function readResourceFacts(
  ask: Ask,
  period: ReportPeriod,
): Promise<Pick<PeriodFacts, 'pools' | 'caches' | 'batchers'>> {
  const pools = await readPools(ask, period);
  const caches = await readCaches(ask, period);
  const batchers = await readBatchers(ask, period);
  return { pools, caches, batchers };
}

async function readPools(ask: Ask, period: ReportPeriod): Promise<PoolFacts[]> {
  const range = rangeOf(period);
  const step = `${Math.max(60, Math.ceil((period.end - period.start) / 1000 / POINTS))}s`;
  const by = (expr: string): Promise<ReadonlyMap<string, number>> => ask.by('pool', expr, period.end);
  const acquisitions = await by(`sum by (pool) (increase(telltale_pool_acquire_seconds_count[${range}]))`);
  if (acquisitions.size === 0) return [];
  const waits = await by(`sum by (pool) (increase(telltale_pool_acquire_seconds_sum[${range}]))`);
  const exhausted = await by(`sum by (pool) (increase(telltale_pool_exhausted_total[${range}]))`);
  const limits = await by(`sum by (pool) (max_over_time(telltale_pool_limit[${range}]))`);
  const demand = await by(
    `quantile_over_time(0.99, (sum by (pool) (telltale_pool_in_use) + sum by (pool) (telltale_pool_waiters))[${range}:${step}])`,
  );
  return [...acquisitions].map(([pool, count]) => ({
    pool,
    acquisitions: count,
    exhausted: exhausted.get(pool) ?? 0,
    waitMs: (waits.get(pool) ?? 0) * 1000,
    ...optional('limit', limits.get(pool)),
    ...optional('demand', demand.get(pool)),
  }));
}

async function readBatchers(ask: Ask, period: ReportPeriod): Promise<BatcherFacts[]> {
  const range = rangeOf(period);
  const by = (expr: string): Promise<ReadonlyMap<string, number>> => ask.by('batcher', expr, period.end);
  const batches = await by(`sum by (batcher) (increase(telltale_batcher_batch_items_count[${range}]))`);
  if (batches.size === 0) return [];
  const items = await by(`sum by (batcher) (increase(telltale_batcher_batch_items_sum[${range}]))`);
  const waits = await by(`sum by (batcher) (increase(telltale_batcher_wait_seconds_sum[${range}]))`);
  const windows = await by(`avg by (batcher) (avg_over_time(telltale_batcher_window_seconds[${range}]))`);
  return [...batches].map(([batcher, count]) => {
    const seconds = windows.get(batcher);
    return {
      batcher,
      batches: count,
      items: items.get(batcher) ?? 0,
      waitMs: (waits.get(batcher) ?? 0) * 1000,
      ...optional('windowMs', seconds === undefined ? undefined : seconds * 1000),
    };
  });
}

async function readCaches(ask: Ask, period: ReportPeriod): Promise<CacheFacts[]> {
  const range = rangeOf(period);
  const by = (expr: string): Promise<ReadonlyMap<string, number>> => ask.by('cache', expr, period.end);
  const loads = await by(`sum by (cache) (increase(telltale_cache_load_seconds_count[${range}]))`);
  if (loads.size === 0) return [];
  const seconds = await by(`sum by (cache) (increase(telltale_cache_load_seconds_sum[${range}]))`);
  const limits = await by(`max by (cache) (max_over_time(telltale_cache_entries_limit[${range}]))`);
  const windows = await readWindows(ask, period);
  return [...loads].map(([cache, count]) => ({
    cache,
    loads: count,
    loadMs: (seconds.get(cache) ?? 0) * 1000,
    windows: windows.get(cache) ?? [],
    ...optional('limit', limits.get(cache)),
  }));
}

/** Requests and entries by cache and hour, or longer stretches where the period is long. */
async function readWindows(ask: Ask, { start, end }: ReportPeriod): Promise<ReadonlyMap<string, CacheWindow[]>> {
  const width = Math.max(HOUR / 4, Math.ceil((end - start) / 336 / 60_000) * 60_000);
  const first = start + width;
  if (first > end) return new Map();
  const counts = await ask.range(
    `sum by (cache, result) (increase(telltale_cache_requests_total[${width / 1000}s]))`,
    first,
    end,
    width,
  );
  const entries = await ask.range('sum by (cache) (telltale_cache_entries)', first, end, width);
  const windows = new Map<string, Map<number, { hits: number; misses: number; entries: number }>>();
  const at = (cache: string, t: number): { hits: number; misses: number; entries: number } => {
    const own = windows.get(cache) ?? new Map<number, { hits: number; misses: number; entries: number }>();
    windows.set(cache, own);
    const window = own.get(t) ?? { hits: 0, misses: 0, entries: 0 };
    own.set(t, window);
    return window;
  };
  for (const { labels, timestamps, values } of counts) {
    const field = labels.get('result') === 'miss' ? 'misses' : 'hits';
    timestamps.forEach((t, index) => (at(labels.get('cache'), t)[field] += values[index] ?? 0));
  }
  for (const { labels, timestamps, values } of entries)
    timestamps.forEach((t, index) => (at(labels.get('cache'), t).entries = values[index] ?? 0));
  return new Map(
    [...windows].map(([cache, own]) => [
      cache,
      [...own].sort(([a], [b]) => a - b).map(([t, window]) => ({ start: t - width, hours: width / HOUR, ...window })),
    ]),
  );
}

function optional<K extends string>(name: K, value: number | undefined): Partial<Record<K, number>>;
function optional(name: string, value: number | undefined): Partial<Record<string, number>> {
  return value === undefined ? {} : { [name]: value };
}
