import { z } from 'zod';
import { duration } from '../base/duration';

/** The `rules:` section of the configuration file. */
export const rulesConfig = z.strictObject({
  /** Globs of rule files, relative to the configuration file. */
  files: z.array(z.string()).default(['alerts/*.yml']),
  /** Time between two evaluations of a group that names none of its own. */
  interval: duration.default(60_000),
  /** How far evaluations look into the past, for a group that names no `query_offset`: room for late data. */
  queryOffset: duration.default(0),
  /** A firing alert is handed over again when the last time is longer ago than this. */
  resendDelay: duration.default(60_000),
  /** One evaluation of one rule may take so long. */
  timeout: duration.default(120_000),
  /** Evaluations of different groups that may run at the same moment. */
  concurrency: z.number().int().positive().default(4),
  /** Resolved alerts stay visible to the sink for so long. */
  resolvedRetention: duration.default(900_000),
  /** Alerts pending at shutdown keep their place if the outage was at most this long. */
  outageTolerance: duration.default(3_600_000),
  /** Evaluate a rule as soon as its inputs change, besides its interval. */
  push: z.boolean().default(true),
  /** At most one pushed evaluation of a group in this time. */
  pushInterval: duration.default(250),
  /** Watch the rule files and reload when they change. */
  watch: z.boolean().default(true),
  /** Labels added to every alert where the alert does not have them. */
  externalLabels: z.record(z.string(), z.string()).default({}),
});

/** The checked `rules:` section. */
export type RulesConfig = z.output<typeof rulesConfig>;
