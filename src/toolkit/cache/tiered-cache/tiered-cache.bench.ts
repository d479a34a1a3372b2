import { noTelemetry } from '../../../base/telemetry';
import { AdaptivePolicy } from './policies/adaptive';
import { LruPolicy } from './policies/lru';
import { S3FifoPolicy } from './policies/s3-fifo';
import { WTinyLfuPolicy } from './policies/w-tiny-lfu';
import { TRACES, hitRatio } from './testing/traces';
import { TieredCache } from './tiered-cache';
import type { BenchDefinition } from '../../../base/bench';

const LENGTH = 400_000;
const CAPACITY = 1_000;

/** Hit ratios of the adaptive policy against those it follows, and the calls under a rush of misses. */
export const bench: BenchDefinition = {
  name: 'tiered-cache',
  run: async ({ out }) => {
    const figures: Record<string, number> = {};
    let worstToBest = 1;
    let worstToLru = 1;
    for (const [name, trace] of Object.entries(TRACES)) {
      const policies = [new LruPolicy(CAPACITY), new S3FifoPolicy(CAPACITY), new WTinyLfuPolicy(CAPACITY)];
      const ratios = policies.map((policy) => hitRatio(policy, trace(LENGTH)));
      const adaptive = new AdaptivePolicy(CAPACITY);
      const ours = hitRatio(adaptive, trace(LENGTH));
      const [lru = 0] = ratios;
      worstToBest = Math.min(worstToBest, ours - Math.max(...ratios));
      worstToLru = Math.min(worstToLru, ours - lru);
      figures[`${name}.adaptive`] = ours;
      const others = policies.map((policy, at) => `${policy.name} ${percent(ratios[at] ?? 0)}`).join('  ');
      out(`${name.padEnd(14)} adaptive ${percent(ours)} (${adaptive.following})  ${others}`);
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

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}
