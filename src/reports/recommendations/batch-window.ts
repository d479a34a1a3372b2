import { defineRecommender } from './recommender';
import { stageOfResource } from './stage-of-resource';

/** A window pays when batches gather company; below this many items on average it only delays. */
const LONELY = 1.25;
const LEAST_WAIT_MS = 20;
const LEAST_BATCHES = 200;

/** Batchers that wait for company that does not come. */
export const batchWindow = defineRecommender({
  name: 'batch-window',
  doc: 'Requests wait for a batch that gathers no company.',
  find: ({ facts }) =>
    facts.batchers.flatMap((batcher) => {
      const size = batcher.items / Math.max(1, batcher.batches);
      const wait = batcher.waitMs / Math.max(1, batcher.items);
      if (batcher.batches < LEAST_BATCHES || size > LONELY || wait < LEAST_WAIT_MS) return [];
      return [
        {
          kind: 'batch-window',
          title: `The batcher ${batcher.batcher} waits for company that does not come`,
          stage: stageOfResource(batcher.batcher, stageOfResource('batch')),
          evidence: [
            `${Math.round(batcher.batches)} batches held ${size.toFixed(2)} requests on average, and each request waited ${wait.toFixed(0)} ms for it${batcher.windowMs === undefined ? '' : ` (window ${batcher.windowMs.toFixed(0)} ms)`}.`,
          ],
          savingMs: batcher.waitMs,
          confidence: size < 1.1 ? ('high' as const) : ('medium' as const),
          change: `Set the window of the batcher ${batcher.batcher} to 0 (send at once while nothing runs; batch only what queues up behind a running batch).`,
          traceIds: [],
          sessions: [],
        },
      ];
    }),
});
