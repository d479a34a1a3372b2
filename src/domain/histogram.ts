/** What a counter reset detector may assume about a native histogram. */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** A run of consecutive buckets. */
export interface BucketSpan {
  /** First run: index of its first bucket; later runs: how many empty buckets lie before it. */
  readonly offset: number;
  readonly length: number;
}

/**
 * A native histogram with float counts, as Prometheus 3 defines it. `schema` -4..8: exponential, bucket i covers
 * (base^(i-1), base^i] with base = 2^(2^-schema). Schema -53: custom bounds in `customValues`, positive buckets only.
 * Bucket counts are absolute (not deltas), one per bucket of the spans. Immutable: operations return new ones.
 */
export interface NativeHistogram {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly positiveBuckets: readonly number[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeBuckets: readonly number[];
  /** Upper bounds, ascending, of schema -53; the last bucket is (last bound, +Inf]. Empty otherwise. */
  readonly customValues: readonly number[];
  readonly counterResetHint: CounterResetHint;
}

/** The schema number of custom buckets. */
export const CUSTOM_BUCKETS_SCHEMA = -53;
