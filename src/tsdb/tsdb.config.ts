import { z } from 'zod';
import { duration } from '../base/duration';

const MINUTE = 60_000;
const MIB = 1_048_576;

/** The `tsdb:` section of the configuration file. */
export const tsdbConfig = z.strictObject({
  /** How long samples are kept. */
  retention: duration.default(15 * 24 * 60 * MINUTE),
  /** Oldest blocks are removed when the files of this store exceed so many bytes; 0: no bound. */
  retentionBytes: z.number().int().nonnegative().default(0),
  /** The newest samples that stay in memory as plain columns. */
  hot: duration.default(60 * MINUTE),
  /** How much time passes between two cuts of what left the hot window. */
  cutInterval: duration.default(15 * MINUTE),
  /** A sample older than its series' newest by more than this is refused; 0 takes samples in order only. */
  outOfOrderWindow: duration.default(10 * MINUTE),
  /** A sample further ahead of the clock is refused. */
  maxFuture: duration.default(10 * MINUTE),
  /** Most series in all. */
  maxSeries: z.number().int().positive().default(1_000_000),
  /** Most series of one metric name. */
  maxSeriesPerMetric: z.number().int().positive().default(200_000),
  /** Most labels of one series, its name included. */
  maxLabelsPerSeries: z.number().int().positive().default(64),
  /** Longest label value, in characters. */
  maxLabelValueLength: z.number().int().positive().default(4096),
  /** Exemplars kept, over all series; the oldest go first. */
  maxExemplars: z.number().int().nonnegative().default(100_000),
  /** Metric names whose type, help and unit are remembered. */
  maxMetadata: z.number().int().positive().default(100_000),
  /** Bytes of the log that may wait for the disk before appends are refused. */
  maxPendingBytes: z
    .number()
    .int()
    .positive()
    .default(128 * MIB),
  /** The log starts a new file at this size. */
  segmentBytes: z
    .number()
    .int()
    .positive()
    .default(64 * MIB),
  /** Memory is written out, and the log shortened, at the latest when the log holds so many bytes. */
  maxLogBytes: z
    .number()
    .int()
    .positive()
    .default(512 * MIB),
});
export type TsdbConfig = z.output<typeof tsdbConfig>;
