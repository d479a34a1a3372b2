import { noTelemetry } from '../../../base/telemetry';
import { AdaptivePolicy } from './policies/adaptive';
import { LruPolicy } from './policies/lru';
import { S3FifoPolicy } from './policies/s3-fifo';
import { WTinyLfuPolicy } from './policies/w-tiny-lfu';
import { OTHER_TRACES } from './testing/other-traces';
import { TRACES, hitRatio } from './testing/traces';
import { TieredCache } from './tiered-cache';
import type { BenchDefinition } from '../../../base/bench';

/** Requests per place of the cache. */
const TIMES = 200;
const SEEDS = { full: [1, 2, 3], short: [1] };
const CAPACITIES = { full: [200, 1_000], short: [500] };

/** Hit ratios of the adaptive policy against those it follows, and the calls under a rush of misses. */
export const bench: BenchDefinition = {
  name: 'tiered-cache',
  run: async ({ out, full }) => {
    const figures: Record<string, number> = {};
    let worstToBest = 1;
    let worstToLru = 1;
    for (const capacity of full ? CAPACITIES.full : CAPACITIES.short) {
      for (const [name, trace] of Object.entries({ ...TRACES, ...(full ? OTHER_TRACES : {}) })) {
        const all = (full ? SEEDS.full : SEEDS.short).map((seed) =>
          compare([...trace(TIMES * capacity, capacity, seed)], capacity),
        );
        const toBest = Math.min(...all.map(({ ours, others }) => ours - Math.max(...others)));
        const toLru = Math.min(...all.map(({ ours, others: [lru = 0] }) => ours - lru));
        worstToBest = Math.min(worstToBest, toBest);
        worstToLru = Math.min(worstToLru, toLru);
        const [first] = all;
        if (first === undefined) continue;
        figures[`${name}.${capacity}`] = first.ours;
        const [lru = 0, s3Fifo = 0, wTinyLfu = 0] = first.others;
        out(
          `${name.padEnd(23)} ${String(capacity).padStart(5)}  adaptive ${percent(first.ours)} (${first.following})  lru ${percent(lru)}` +
            `  s3-fifo ${percent(s3Fifo)}  w-tiny-lfu ${percent(wTinyLfu)}  worst of ${all.length}: to best ${percent(toBest)}, to LRU ${percent(toLru)}`,
        );
      }
    }
    out(`worst against the best of the three ${percent(worstToBest)}, against LRU ${percent(worstToLru)}`);
    const cache = new TieredCache<number>({ name: 'rush', telemetry: noTelemetry });
    let loads = 0;
    await Promise.all(Array.from({ length: 10_000 }, () => cache.getOrLoad('k', async () => ++loads)));
    out(`10,000 misses at once: ${loads} load`);
    const began = performance.now();
    const reads = 300_000;
    for (let count = 0; count < reads; count++) await cache.get('k');
    const hitsPerSecond = reads / ((performance.now() - began) / 1000);
    out(`${Math.round(hitsPerSecond)} memory hits/s`);
    await cache.close();
    return { ...figures, worstToBest, worstToLru, loadsUnderRush: loads, hitsPerSecond };
  },
};

function compare(
  keys: readonly string[],
  capacity: number,
): { ours: number; following: string; others: readonly number[] } {
  const policies = [new LruPolicy(capacity), new S3FifoPolicy(capacity), new WTinyLfuPolicy(capacity)];
  const adaptive = new AdaptivePolicy(capacity);
  const ours = hitRatio(adaptive, keys);
  return { ours, following: adaptive.following, others: policies.map((policy) => hitRatio(policy, keys)) };
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}
