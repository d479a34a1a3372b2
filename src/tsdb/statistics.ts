import { METRIC_NAME } from '../domain/labels';
import type { BlockSet } from './block-set';
import type { Head } from './head';

/** How much a store holds. */
export interface TsdbStatistics {
  readonly series: number;
  /** Samples in memory. */
  readonly samples: number;
  readonly blocks: number;
  readonly blockBytes: number;
  /** Distinct label names. */
  readonly labelNames: number;
  /** Oldest and newest sample, -Infinity and Infinity when there is none. */
  readonly oldest: number;
  readonly newest: number;
  readonly seriesByMetric: readonly { readonly name: string; readonly value: number }[];
  readonly valuesByLabel: readonly { readonly name: string; readonly value: number }[];
}

/** Counts what the head and blocks hold; the lists have at most `limit` entries, largest first. */
export function statisticsOf(head: Head, blocks: BlockSet, limit: number): TsdbStatistics {
  let samples = 0;
  let { oldest } = blocks;
  for (const series of head.all()) {
    samples += series.length;
    if (series.length > 0) oldest = Math.min(oldest, series.column.data[0] ?? Infinity);
  }
  return {
    series: head.seriesCount,
    samples,
    blocks: blocks.count,
    blockBytes: blocks.sizeBytes,
    labelNames: head.postings.names().length,
    oldest,
    newest: head.newest,
    seriesByMetric: head.postings
      .largest(METRIC_NAME, limit)
      .map(({ value, series }) => ({ name: value, value: series })),
    valuesByLabel: head.postings.cardinalities(limit).map(({ name, values }) => ({ name, value: values })),
  };
}
