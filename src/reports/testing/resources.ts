import type { EpochMillis } from '../../base/clock';
import { Draws } from './randomness';
import { activity } from './week';
import type { WeekOptions, WeekSample } from './week';

const MINUTE = 60_000;
/** Between two samples. */
const STEP = 2 * MINUTE;

/** What a pool, a batcher and a cache told in a week, and how long was waited for them in all. */
export interface Resources {
  readonly samples: WeekSample[];
  totalMs: number;
}

/** Plays the shared resources of a week. */
export function playResources(options: WeekOptions): Resources {
  const made: Resources = { samples: [], totalMs: 0 };
  playPool(options, made);
  playBatcher(options, made);
  playCache(options, made);
  return made;
}

/** Arrivals of a Poisson process that follows the day. */
function* arrivals(options: WeekOptions, draws: Draws, perSecond: number): Iterable<EpochMillis> {
  const end = options.start + options.days * 24 * 60 * MINUTE;
  let at = options.start;
  for (;;) {
    at += draws.exponential(1000 / perSecond / options.shape.traffic);
    if (at >= end) return;
    if (draws.chance(activity(at))) yield at;
  }
}

/** Calls `emit` at every step that has passed. */
function minuteBy(options: WeekOptions, emit: (t: EpochMillis) => void): (now: EpochMillis) => void {
  let due = options.start + STEP;
  return (now) => {
    for (; due <= now; due += STEP) emit(due);
  };
}

function playPool(options: WeekOptions, made: Resources): void {
  const { name: pool, limit: small, room, serviceMs } = options.shape.pool;
  const limit = options.plants.has('pool-too-small') ? small : room;
  const labels = { pool };
  const draws = new Draws(options.seed, 'pool');
  const free = new Array<EpochMillis>(limit).fill(-Infinity);
  let queued: EpochMillis[] = [];
  let count = 0;
  let exhausted = 0;
  let waited = 0;
  const put = (name: string, t: EpochMillis, value: number): void =>
    void made.samples.push({ labels: { __name__: `telltale_pool_${name}`, ...labels }, t, value });
  const tick = minuteBy(options, (t) => {
    queued = queued.filter((begins) => begins > t);
    put('limit', t, limit);
    put('in_use', t, free.filter((until) => until > t).length);
    put('waiters', t, queued.length);
    put('exhausted_total', t, exhausted);
    put('acquire_seconds_count', t, count);
    put('acquire_seconds_sum', t, waited / 1000);
  });
  for (const at of arrivals(options, draws, 0.2)) {
    tick(at);
    const service = draws.heavy(serviceMs / options.shape.traffic, 0.5);
    const first = free.indexOf(Math.min(...free));
    const begins = Math.max(at, free[first] ?? at);
    free[first] = begins + service;
    count++;
    if (begins > at) {
      exhausted++;
      queued.push(begins);
    }
    waited += begins - at;
  }
  tick(options.start + options.days * 24 * 60 * MINUTE);
  made.totalMs += waited;
}

function playBatcher(options: WeekOptions, made: Resources): void {
  const window = options.plants.has('batch-window') ? options.shape.batcher.windowMs : 5;
  const labels = { batcher: options.shape.batcher.name };
  const draws = new Draws(options.seed, 'batcher');
  let opened = -Infinity;
  let batches = 0;
  let items = 0;
  let waited = 0;
  const put = (name: string, t: EpochMillis, value: number): void =>
    void made.samples.push({ labels: { __name__: `telltale_batcher_${name}`, ...labels }, t, value });
  const tick = minuteBy(options, (t) => {
    put('window_seconds', t, window / 1000);
    put('batch_items_count', t, batches);
    put('batch_items_sum', t, items);
    put('wait_seconds_count', t, items);
    put('wait_seconds_sum', t, waited / 1000);
  });
  for (const at of arrivals(options, draws, 0.08)) {
    tick(at);
    if (at - opened > window) {
      opened = at;
      batches++;
    }
    items++;
    waited += opened + window - at;
  }
  tick(options.start + options.days * 24 * 60 * MINUTE);
  made.totalMs += waited;
}

function playCache(options: WeekOptions, made: Resources): void {
  const lifetime =
    (options.shape.cache.lifetimeMinutes / options.shape.traffic) *
    (options.plants.has('cache-forgets') ? 1 : 8) *
    MINUTE;
  const labels = { cache: options.shape.cache.name };
  const draws = new Draws(options.seed, 'cache');
  const keys = 350;
  const weights = Array.from({ length: keys }, (_, index) => (index + 3) ** -0.7);
  const sums: number[] = [];
  weights.reduce((sum, weight, index) => (sums[index] = sum + weight), 0);
  const all = sums.at(-1) ?? 1;
  const until = new Map<number, EpochMillis>();
  const counts = { hit: 0, miss: 0, load: 0, loadMs: 0 };
  const put = (name: string, t: EpochMillis, value: number, more: Readonly<Record<string, string>> = {}): void =>
    void made.samples.push({ labels: { __name__: `telltale_cache_${name}`, ...labels, ...more }, t, value });
  const tick = minuteBy(options, (t) => {
    for (const [key, expires] of until) if (expires <= t) until.delete(key);
    put('entries', t, until.size);
    put('entries_limit', t, 2_000);
    put('requests_total', t, counts.hit, { result: 'hit', tier: 'memory' });
    put('requests_total', t, counts.miss, { result: 'miss', tier: 'none' });
    put('load_seconds_count', t, counts.load);
    put('load_seconds_sum', t, counts.loadMs / 1000);
  });
  for (const at of arrivals(options, draws, 0.25)) {
    tick(at);
    const roll = draws.uniform() * all;
    const load = draws.heavy(240, 0.4);
    let key = 0;
    let high = keys - 1;
    while (key < high) {
      const middle = (key + high) >> 1;
      if ((sums[middle] ?? 0) < roll) key = middle + 1;
      else high = middle;
    }
    if ((until.get(key) ?? 0) > at) counts.hit++;
    else {
      until.set(key, at + lifetime);
      counts.miss++;
      counts.load++;
      counts.loadMs += load;
    }
  }
  tick(options.start + options.days * 24 * 60 * MINUTE);
  made.totalMs += counts.loadMs;
}
