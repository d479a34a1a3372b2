import { durationText } from '../render/format';
import type { CacheFacts, CacheWindow } from '../facts';
import { fitShareCurve } from '../statistics/logistic';
import type { ShareCurve } from '../statistics/logistic';
import type { Recommendation } from '../report';
import { defineRecommender } from './recommender';
import { stageOfResource } from './stage-of-resource';

const LEAST_REQUESTS = 1_000;
/** A cache that answers more than this is not looked at. */
const GOOD_HIT_RATIO = 0.6;
/** In so many of its windows a cache is full that evicts. */
const MOSTLY = 0.5;
const FULL = 0.95;
const FACTORS: readonly number[] = [2, 4, 8];
/** The last doubling must still bring this many more hits per request. */
const LEAST_STEP = 0.03;
const CERTAIN = 4;

/**
 * Caches that forget too soon. How much more a longer lifetime would answer is read from the day's own course: at twice
 * the request rate a lifetime sees twice the requests, just as twice the lifetime would. How much more room would
 * answer is read from the hours in which the cache filled.
 */
export const cacheTooSmall = defineRecommender({
  name: 'cache-forgets',
  doc: 'A cache forgets too soon: it is too small, or its lifetime is too short.',
  find: ({ facts }) =>
    facts.caches.flatMap((cache) => {
      const windows = cache.windows.filter(({ hits, misses }) => hits + misses > 0);
      const hits = windows.reduce((sum, window) => sum + window.hits, 0);
      const requests = windows.reduce((sum, window) => sum + window.hits + window.misses, 0);
      if (requests < LEAST_REQUESTS || hits > GOOD_HIT_RATIO * requests || cache.loads === 0) return [];
      const { limit } = cache;
      const full = limit === undefined ? [] : windows.filter(({ entries }) => entries >= FULL * limit);
      return full.length > MOSTLY * windows.length && limit !== undefined
        ? room(cache, limit, windows, hits / requests)
        : lifetime(cache, windows, hits / requests);
    }),
});

function lifetime(cache: CacheFacts, windows: readonly CacheWindow[], ratio: number): Recommendation[] {
  const rate = ({ hits, misses, hours }: CacheWindow): number => (hits + misses) / hours;
  const curve = fitShareCurve(
    windows.map((window) => ({ x: rate(window), hits: window.hits, total: window.hits + window.misses })),
  );
  if (curve === undefined || curve.slope <= 0 || curve.certainty < CERTAIN) return [];
  const best = bestFactor(cache, windows, curve, rate);
  if (best === undefined) return [];
  // Little's law: entries = rate of loads × time that each stays.
  const busy = windows.filter(({ misses, entries }) => misses >= 10 && entries > 0);
  const stay = busy.map(({ entries, misses, hours }) => (entries / (misses / hours)) * 3_600_000).sort((a, b) => a - b);
  const now = stay[stay.length >> 1];
  return [
    {
      ...words(cache),
      title: `The cache ${cache.cache} lets entries expire too soon`,
      evidence: [
        `It answered ${(100 * ratio).toFixed(0)} % of its requests; each load took ${(cache.loadMs / cache.loads).toFixed(0)} ms.`,
        `It is not full, and answers more when requests come faster: lifetime, not room, is what it lacks.`,
        ...(now === undefined ? [] : [`Entries stay about ${durationText(now)}.`]),
        `By its own hours, ${best.factor} times the lifetime answers ${(100 * (ratio + best.gain)).toFixed(0)} %.`,
      ],
      savingMs: best.savingMs,
      confidence: curve.certainty > 3 * CERTAIN ? ('high' as const) : ('medium' as const),
      change: `Multiply the ttl of the cache ${cache.cache} by ${best.factor}${now === undefined ? '' : ` (to about ${durationText(now * best.factor)})`}, and invalidate by tag where the source changes.`,
    },
  ];
}

function room(cache: CacheFacts, limit: number, windows: readonly CacheWindow[], ratio: number): Recommendation[] {
  const filling = windows.filter(({ entries }) => entries < FULL * limit);
  const curve = fitShareCurve(
    filling.map(({ entries, hits, misses }) => ({ x: Math.max(1, entries), hits, total: hits + misses })),
  );
  const known = curve !== undefined && curve.slope > 0 && curve.certainty >= CERTAIN;
  const best = known ? bestFactor(cache, windows, curve, ({ entries }) => Math.max(1, entries)) : undefined;
  const factor = best?.factor ?? 2;
  return [
    {
      ...words(cache),
      title: `The cache ${cache.cache} is too small`,
      evidence: [
        `It was full and answered ${(100 * ratio).toFixed(0)} % of its requests; each load took ${(cache.loadMs / cache.loads).toFixed(0)} ms.`,
        best === undefined
          ? 'It never ran with another size, so what more room would save is not known.'
          : `By the hours in which it filled, ${factor} times the room answers ${(100 * (ratio + best.gain)).toFixed(0)} %.`,
      ],
      ...(best === undefined ? {} : { savingMs: best.savingMs }),
      confidence: best === undefined ? ('low' as const) : ('medium' as const),
      change: `Raise maxEntries of the cache ${cache.cache} from ${limit} to ${limit * factor}, and watch telltale_cache_bytes.`,
    },
  ];
}

function words({ cache }: CacheFacts): Pick<Recommendation, 'kind' | 'stage' | 'traceIds' | 'sessions'> {
  return { kind: 'cache-forgets', stage: stageOfResource(cache), traceIds: [], sessions: [] };
}

/** The largest factor whose last doubling still pays, with what it brings. */
function bestFactor(
  cache: CacheFacts,
  windows: readonly CacheWindow[],
  curve: ShareCurve,
  x: (window: CacheWindow) => number,
): { readonly factor: number; readonly gain: number; readonly savingMs: number } | undefined {
  const requests = windows.reduce((sum, { hits, misses }) => sum + hits + misses, 0);
  let best: { factor: number; gain: number; savingMs: number } | undefined;
  for (const factor of FACTORS) {
    const more = windows.reduce(
      (sum, window) =>
        sum + (window.hits + window.misses) * Math.max(0, curve.at(factor * x(window)) - curve.at(x(window))),
      0,
    );
    const gain = more / requests;
    if (gain - (best?.gain ?? 0) < LEAST_STEP) break;
    best = { factor, gain, savingMs: (more * cache.loadMs) / cache.loads };
  }
  return best;
}
