import { defineRecommender } from './recommender';

/** Below this share of spans kept, and so few of them, what is seen need not be what happened. */
const LEAST_KEPT_RATIO = 0.05;
const LEAST_KEPT = 2_000;
const LEAST_COUNTED = 1_000;

/** Services of which so little is kept that a report cannot conclude. */
export const samplingTooLow = defineRecommender({
  name: 'sampling-too-low',
  doc: 'So few spans of a service are kept that nothing can be concluded from them.',
  find: ({ facts }) =>
    facts.sampling.flatMap(({ service, counted, kept }) => {
      if (counted < LEAST_COUNTED || kept >= LEAST_KEPT || kept >= LEAST_KEPT_RATIO * counted) return [];
      const ratio = kept / counted;
      const wanted = Math.min(1, LEAST_KEPT / counted);
      return [
        {
          kind: 'sampling-too-low',
          title: `Too few spans of ${service} are kept to conclude`,
          stage: 'parsing' as const,
          evidence: [
            `${Math.round(kept)} of ${Math.round(counted)} spans of ${service} can be looked at (${(100 * ratio).toPrecision(2)} %); causes and slow paths are read from these alone.`,
          ],
          confidence: 'high' as const,
          change: `Keep at least ${(100 * wanted).toPrecision(2)} % of its traces (OTEL_TRACES_SAMPLER=parentbased_traceidratio, OTEL_TRACES_SAMPLER_ARG=${wanted.toPrecision(2)}), or send all and let the stack keep errors and slow traces (spans.sampling).`,
          traceIds: [],
          sessions: [],
        },
      ];
    }),
});
