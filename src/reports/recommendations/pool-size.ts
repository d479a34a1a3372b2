import { defineRecommender } from './recommender';
import { stageOfResource } from './stage-of-resource';

/** Acquisitions that found nothing, as a share; and how long one waits on average. */
const LEAST_SHARE = 0.02;
const LEAST_WAIT_MS = 5;
const LEAST_ACQUISITIONS = 200;
/** Room beyond the 99th percentile of demand. */
const HEADROOM = 1.2;

/** Pools whose callers wait because they are too small. */
export const poolTooSmall = defineRecommender({
  name: 'pool-too-small',
  doc: 'Callers wait for a resource because its pool is too small.',
  find: ({ facts }) =>
    facts.pools.flatMap((pool) => {
      const wait = pool.waitMs / Math.max(1, pool.acquisitions);
      const share = pool.exhausted / Math.max(1, pool.acquisitions);
      if (pool.acquisitions < LEAST_ACQUISITIONS || share < LEAST_SHARE || wait < LEAST_WAIT_MS) return [];
      const wanted =
        pool.demand === undefined || pool.limit === undefined
          ? undefined
          : Math.max(pool.limit + 1, Math.ceil(pool.demand * HEADROOM));
      return [
        {
          kind: 'pool-too-small',
          title: `The pool ${pool.pool} is too small`,
          stage: stageOfResource(pool.pool),
          evidence: [
            `${Math.round(pool.exhausted)} of ${Math.round(pool.acquisitions)} acquisitions found nothing free; they waited ${wait.toFixed(1)} ms on average.`,
            ...(pool.limit === undefined || pool.demand === undefined
              ? []
              : [
                  `It holds ${pool.limit}; lent and wanted together came to ${Math.ceil(pool.demand)} (99th percentile).`,
                ]),
          ],
          savingMs: pool.waitMs,
          confidence: wanted === undefined ? ('medium' as const) : ('high' as const),
          change:
            wanted === undefined
              ? `Raise the limit of the pool ${pool.pool}, and record telltale_pool_in_use and telltale_pool_waiters to size it.`
              : `Set the limit of the pool ${pool.pool} from ${pool.limit ?? 0} to ${wanted}, if what it leads to allows so many.`,
          traceIds: [],
          sessions: [],
        },
      ];
    }),
});
