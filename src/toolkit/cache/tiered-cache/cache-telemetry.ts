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

/** What a predictor says of itself. */
export interface Foresight {
  /** Part of the predictions that came true, of late. */
  readonly precision: number;
  /** Whether they are acted on. */
  readonly pays: boolean;
}

/** Registers the instruments of a cache. */
export function cacheInstruments(
  telemetry: Telemetry,
  cache: string,
  read: { entries(): number; bytes(): number; maxEntries: number; foresight?: Foresight | undefined },
): CacheInstruments {
  const labels = { cache };
  telemetry.observedGauge('telltale_cache_entries', 'Entries in memory', () => read.entries(), labels);
  telemetry.observedGauge('telltale_cache_bytes', 'Bytes in memory, as estimated', () => read.bytes(), labels);
  telemetry.observedGauge('telltale_cache_entries_limit', 'Entries in memory at most', () => read.maxEntries, labels);
  const answers = new Map<string, Counter>();
  const { foresight } = read;
  if (foresight !== undefined) {
    telemetry.observedGauge(
      'telltale_cache_prefetch_precision_ratio',
      'Part of the predicted keys that were asked for soon after, acted on or not',
      () => foresight.precision,
      labels,
    );
    telemetry.observedGauge(
      'telltale_cache_prefetch_active',
      '1 while predictions pay and are acted on, else 0',
      () => (foresight.pays ? 1 : 0),
      labels,
    );
  }
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
      const id = `${result} ${tier}`;
      let counter = answers.get(id);
      if (counter === undefined) {
        const labelled = { ...labels, result, tier };
        counter = telemetry.counter('telltale_cache_requests_total', 'Requests by result and tier', labelled);
        answers.set(id, counter);
      }
      counter.add();
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
