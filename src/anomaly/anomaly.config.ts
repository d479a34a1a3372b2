import { z } from 'zod';
import { duration } from '../base/duration';

/** The `anomaly:` section of the configuration file. */
export const anomalyConfig = z.strictObject({
  /** Judge series as they come and record `anomaly_score`, its threshold and the band of what is usual. */
  enabled: z.boolean().default(true),
  /** Time between two looks at each watched expression. */
  interval: duration.default(60_000),
  /** How often, by chance, a series may pass the threshold: what the threshold is computed from. */
  falseAlarmsPerWeek: z.number().min(0.01).max(1000).default(0.5),
  /** Watch latency by stage, error ratio, token rate, cost rate, time to first token and cache-read share. */
  automatic: z.boolean().default(true),
  /** Series of one watch that are judged; those beyond are counted and left out. */
  maxSeriesPerWatch: z.number().int().min(1).max(10_000).default(50),
  /** Series of all watches together. */
  maxSeries: z.number().int().min(1).max(100_000).default(300),
  /** Points that a series is judged by; each takes about 60 bytes; a series takes 11 kB besides. */
  memory: z.number().int().min(100).max(20_000).default(1000),
  /** How much of the past is read at the start, so that nothing warms up anew. */
  history: duration.default(43_200_000),
  /** A series that was away for so long is forgotten. */
  forgetAfter: duration.default(3_600_000),
  /** What is watched besides. */
  watches: z
    .array(
      z.strictObject({
        /** The value of the label `watch`. */
        name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores'),
        /** PromQL that gives an instant vector. */
        expr: z.string().min(1),
      }),
    )
    .default([]),
});

/** The checked `anomaly:` section. */
export type AnomalyConfig = z.output<typeof anomalyConfig>;
