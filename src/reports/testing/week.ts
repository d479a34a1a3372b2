import type { EpochMillis } from '../../base/clock';
import type { LedgerRow } from '../../domain/ledger';
import type { Span } from '../../domain/span';

/** The problems that can be planted into a generated week, by the kind of advice they call for. */
export const PLANTS = [
  'prompt-cache-broken',
  'oversized-tool-results',
  'repeated-reads',
  'retry-storm',
  'model-too-large',
  'batch-window',
  'pool-too-small',
  'cache-forgets',
  'slow-query',
  'connection-reuse',
] as const;
export type Plant = (typeof PLANTS)[number];

/** How a generated week is to be. */
export interface WeekOptions {
  readonly seed: number;
  readonly plants: ReadonlySet<Plant>;
  readonly start: EpochMillis;
  readonly days: number;
  /** With the span metrics that the way in would have counted; there are many. */
  readonly spanMetrics?: boolean;
}

/** A sample of a series: name with labels in PromQL's notation is kept apart. */
export interface WeekSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly t: EpochMillis;
  readonly value: number;
}

/** Everything that an assistant told in a generated week, and what it cost and waited in all. */
export interface Week {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly calls: readonly LedgerRow[];
  readonly spans: readonly Span[];
  readonly samples: readonly WeekSample[];
  /** All time that the planted problems could have touched: calls, pauses of retries, tools, waits, loads. */
  readonly totalMs: number;
}

const HOUR = 3_600_000;

/** How busy an hour is, from 0 to 1: nights are quiet, two peaks a day, half on weekends. */
export function activity(at: EpochMillis): number {
  const hour = (at / HOUR) % 24;
  const day = Math.floor(at / (24 * HOUR)) % 7;
  const peak = (centre: number): number => Math.exp(-((hour - centre) ** 2) / 6);
  return (0.04 + 0.96 * Math.min(1, peak(10) + 0.9 * peak(15))) * (day === 2 || day === 3 ? 0.5 : 1);
}
