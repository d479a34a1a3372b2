import { z } from 'zod';
import { duration } from '../base/duration';

/** The `promql:` section of the configuration file: defaults and limits of queries. */
export const promqlConfig = z.strictObject({
  /** How old a sample may be and still count as current. */
  lookback: duration.default(300_000),
  /** A query that runs longer is stopped. */
  timeout: duration.default(120_000),
  /** Most samples one query may hold in memory. */
  maxSamples: z.number().int().positive().default(50_000_000),
  /** Most series one selector may match. */
  maxSeries: z.number().int().positive().default(1_000_000),
  /** Most bytes one query's intermediate results may take. */
  maxBytes: z.number().int().positive().default(1_073_741_824),
  /** Most points per series of a range query. */
  maxPoints: z.number().int().positive().default(11_000),
  /** Step of subqueries that name none. */
  subqueryStep: duration.default(60_000),
  /** Drop metric names at the end of a query instead of at each function (Prometheus' `promql-delayed-name-removal`). */
  delayedNameRemoval: z.boolean().default(false),
});
export type PromqlConfig = z.output<typeof promqlConfig>;
