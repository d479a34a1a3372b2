import { SECONDS_BUCKETS } from '../../shared/telemetry';
import type { Counter, Histogram, Telemetry } from '../../../base/telemetry';

/** How a request for a key was answered. */
export type CacheResult = 'hit' | 'stale' | 'miss';

/** The instruments of one cache. */
export interface CacheInstruments {
  readonly loads: Histogram;
  readonly loadFailures: Counter;
  readonly prefetches: Counter;
  readonly invalidations: Counter;
  answered(result: CacheResult, tier: string): void;
  tierEvent(tier: string, event: string): void;
}

/** Registers the instruments of a cache. */
export function cacheInstruments(
  telemetry: Telemetry,
  cache: string,
  read: { entries(): number; bytes(): number; maxEntries: number },
): CacheInstruments {
  const labels = { cache };
  telemetry.observedGauge('telltale_cache_entries', 'Entries in memory', () => read.entries(), labels);
  telemetry.observedGauge('telltale_cache_bytes', 'Bytes in memory, as estimated', () => read.bytes(), labels);
  telemetry.observedGauge('telltale_cache_entries_limit', 'Entries in memory at most', () => read.maxEntries, labels);
  return {
    loads: telemetry.histogram('telltale_cache_load_seconds', 'Time of loading a value', SECONDS_BUCKETS, labels),
    loadFailures: telemetry.counter('telltale_cache_load_failures_total', 'Loads that failed', labels),
    prefetches: telemetry.counter('telltale_cache_prefetches_total', 'Loads ahead of need', labels),
    invalidations: telemetry.counter(
      'telltale_cache_invalidations_total',
      'Keys, tags and patterns invalidated',
      labels,
    ),
    answered: (result, tier) => {
      telemetry
        .counter('telltale_cache_requests_total', 'Requests by result and tier', { ...labels, result, tier })
        .add();
    },
    tierEvent: (tier, event) => {
      telemetry
        .counter('telltale_cache_tier_events_total', 'Calls of a tier that failed or were skipped', {
          ...labels,
          tier,
          event,
        })
        .add();
    },
  };
}
