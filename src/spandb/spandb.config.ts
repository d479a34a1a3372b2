import { z } from 'zod';
import { duration } from '../base/duration';

/** The `spans:` section of the configuration file: the embedded store of spans and logs. */
export const spandbConfig = z.strictObject({
  /** Days older than this are removed whole; counted from arrival. */
  retention: duration.default(7 * 86_400_000),
  /** The oldest days are removed while all of them together are larger, in bytes; today's stays. */
  maxBytes: z.number().int().positive().default(10_737_418_240),
  /** Requests waiting to be written, in bytes; beyond it clients are asked to come back later. */
  queueBytes: z.number().int().positive().default(67_108_864),
  /** Memory for indexes and records read lately, in bytes. */
  cacheBytes: z.number().int().positive().default(100_663_296),
  /** Records wait so long at most, for more to come, before they are compressed and indexed; durable and searchable before. */
  sealAfter: duration.default(3_600_000),
  /** Which traces are kept beyond `sealAfter`. Metrics, tokens and cost are counted before, from all of them. */
  sampling: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** The share of ordinary traces that stay, 0 to 1. */
      baselineRatio: z.number().min(0).max(1).default(0.1),
      /** Traces with a span at least so long stay. */
      slowerThan: duration.default(2000),
      /** Traces with a model call at least so expensive stay, in USD. */
      costAboveUsd: z.number().nonnegative().default(0.1),
      /** The first so many traces of each operation since the start stay. */
      rareCount: z.number().int().nonnegative().default(20),
    })
    .prefault({}),
});
export type SpandbConfig = z.output<typeof spandbConfig>;

/** The part about sampling. */
export type SamplingConfig = SpandbConfig['sampling'];
