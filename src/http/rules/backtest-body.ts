import type { BacktestBody, BacktestSweep } from '../../contracts/backtest';
import { figuresOf, isLowBad, proposePatch } from '../../rules';
import type { AlertingRule, Backtest, HistoryRow, HistoryWindow, RuleGroup, SweepRow } from '../../rules';
import { thinned } from './thinned';

const MAX_FIRINGS = 1000;
const FIRING_POINTS = 60;
const MAX_SERIES = 20;
const SERIES_POINTS = 500;
const WEEK = 604_800_000;

/** What was replayed, and the text of the file it comes from. */
export interface BacktestedRule {
  readonly group: RuleGroup;
  readonly rule: AlertingRule;
  /** Undefined: no patch can be proposed. */
  readonly text: string | undefined;
}

/** A backtest as JSON. */
export function toBacktestBody(
  { group, rule, text }: BacktestedRule,
  window: HistoryWindow,
  backtest: Backtest,
  notes: readonly string[],
): BacktestBody {
  const { condition, timing, firings, measured, sweep } = backtest;
  const low = condition !== undefined && isLowBad(condition);
  const { delay, firingTime } = figuresOf(firings, window);
  return {
    rule: rule.name,
    group: group.name,
    file: group.file,
    query: rule.expr,
    window,
    condition:
      condition === undefined
        ? null
        : {
            measured: condition.measured,
            operator: condition.operator,
            threshold: condition.threshold,
            text: rule.kind?.threshold ?? String(condition.threshold),
          },
    threshold: backtest.threshold ?? null,
    holdFor: timing.holdFor,
    keepFiringFor: timing.keepFiringFor,
    count: firings.length,
    alertsPerWeek: firings.length / ((window.end - window.start) / WEEK),
    firingTime,
    delay: delay ?? null,
    firings: firings.slice(0, MAX_FIRINGS).map(({ labels, activeAt, firedAt, resolvedAt, peak, values }) => ({
      labels: labels.toRecord(),
      activeAt,
      firedAt,
      resolvedAt: resolvedAt ?? null,
      peak: Number.isFinite(peak) ? peak : null,
      values: thinned(
        values.map((value, index): [number, number] => [index, value]),
        FIRING_POINTS,
        low,
      ).map(([, value]) => value),
    })),
    measured: loudest(measured, low).map(({ labels, values }) => ({
      labels: labels.toRecord(),
      points: thinned([...values], SERIES_POINTS, low),
    })),
    measuredSeries: measured.length,
    sweep: sweep === undefined ? null : toSweep(sweep, { group, rule, text }),
    notes,
  };
}

/** The series with the worst values. */
function loudest(rows: readonly HistoryRow[], low: boolean): readonly HistoryRow[] {
  if (rows.length <= MAX_SERIES) return rows;
  return rows
    .map((row) => ({ row, worst: worstOf(row, low) }))
    .sort((a, b) => (low ? a.worst - b.worst : b.worst - a.worst))
    .slice(0, MAX_SERIES)
    .map(({ row }) => row);
}

function worstOf({ values }: HistoryRow, low: boolean): number {
  let worst = low ? Infinity : -Infinity;
  for (const value of values.values()) if (low ? value < worst : value > worst) worst = value;
  return worst;
}

function toSweep(
  { rows, proposal }: NonNullable<Backtest['sweep']>,
  { group, rule, text }: BacktestedRule,
): BacktestSweep {
  const toRow = (row: SweepRow): BacktestSweep['rows'][number] => ({ ...row, delay: row.delay ?? null });
  return {
    rows: rows.map(toRow),
    proposal: proposal === undefined ? null : toRow(proposal),
    patch:
      proposal === undefined || text === undefined ? null : (proposePatch(group.file, text, rule, proposal) ?? null),
  };
}
