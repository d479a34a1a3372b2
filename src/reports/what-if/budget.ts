import type { EpochMillis, Millis } from '../../base/clock';
import { forecastExhaustion } from '../../anomaly';
import type { Exhaustion } from '../../anomaly';
import type { LedgerRow } from '../../domain/ledger';

/** When a budget is used up, by what was spent so far. */
export interface BudgetOutlook extends Exhaustion {
  /** Spent in the period looked at, in US dollars. */
  readonly spentUsd: number;
  readonly leftUsd: number;
}

const HOUR: Millis = 3_600_000;

/**
 * When a budget is used up: spending by hour, carried on with its daily cycle, with an interval of 80 %.
 * @param start the budget's beginning; what was spent since then counts against it.
 */
export function budgetOutlook(
  calls: readonly LedgerRow[],
  costOf: (row: LedgerRow) => number | undefined,
  { start, now, budgetUsd }: { readonly start: EpochMillis; readonly now: EpochMillis; readonly budgetUsd: number },
): BudgetOutlook {
  const hours = new Array<number>(Math.max(1, Math.floor((now - start) / HOUR))).fill(0);
  let spentUsd = 0;
  for (const row of calls) {
    const usd = row.at >= start && row.at < now ? (costOf(row) ?? 0) : 0;
    spentUsd += usd;
    const index = Math.floor((row.at - start) / HOUR);
    if (index >= 0 && index < hours.length) hours[index] = (hours[index] ?? 0) + usd;
  }
  const leftUsd = budgetUsd - spentUsd;
  const spend = hours.map((value, index) => ({ t: start + (index + 1) * HOUR, value }));
  return {
    spentUsd,
    leftUsd,
    ...(leftUsd <= 0 ? { expected: now, earliest: now, latest: now } : forecastExhaustion(spend, leftUsd)),
  };
}
