import type { Millis } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import type { AlertingRule } from '../file/rule-file';
import { conditionOf } from '../words/condition';
import type { Condition } from '../words/condition';
import { propose, replay, sweep } from './backtest';
import type { Firing, HistoryRow, HistoryWindow, ReplayTiming, SweepRow } from './backtest';

/** Where the results of an expression over a window come from: a store at hand, or a stack asked over HTTP. */
export type HistorySource = (expr: string, window: HistoryWindow) => Promise<readonly HistoryRow[]>;

/** How a rule is replayed; what is left out is the rule's own. */
export interface BacktestRequest {
  readonly window: HistoryWindow;
  readonly threshold?: number | undefined;
  readonly holdFor?: Millis | undefined;
  readonly keepFiringFor?: Millis | undefined;
  /** Undefined: no combinations are tried. */
  readonly sweep?:
    | {
        readonly thresholds?: readonly number[] | undefined;
        readonly holds?: readonly Millis[] | undefined;
        readonly alertsPerWeek: number;
      }
    | undefined;
}

/** A rule replayed over history. */
export interface Backtest {
  /** Undefined where the rule does not end in a comparison with a number. */
  readonly condition: Condition | undefined;
  readonly threshold: number | undefined;
  readonly timing: ReplayTiming;
  readonly firings: readonly Firing[];
  /** What is compared; empty without a condition. */
  readonly measured: readonly HistoryRow[];
  readonly sweep: { readonly rows: readonly SweepRow[]; readonly proposal: SweepRow | undefined } | undefined;
}

const COMPARE: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};
const FACTORS = [0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2];
const HOLDS: readonly Millis[] = [0, 60_000, 120_000, 300_000, 600_000, 900_000];
/** Combinations one sweep may try. */
const MAX_COMBINATIONS = 400;

/**
 * When a rule would have fired, with its own threshold and hold or with others.
 * @throws BadInputError a threshold is asked for, or a sweep, where the rule has none to vary.
 */
export async function backtestRule(
  rule: AlertingRule,
  request: BacktestRequest,
  source: HistorySource,
): Promise<Backtest> {
  const { window } = request;
  const condition = conditionOf(rule);
  const varied = request.threshold !== undefined || request.sweep !== undefined;
  if (condition === undefined && varied) {
    throw new BadInputError(
      `${rule.name} does not end in a comparison with a number: there is no threshold to vary; try other holds (for)`,
    );
  }
  const timing: ReplayTiming = {
    holdFor: request.holdFor ?? rule.holdFor,
    keepFiringFor: request.keepFiringFor ?? rule.keepFiringFor,
  };
  if (condition === undefined) {
    const firings = replay(await source(rule.expr, window), window, timing);
    return { condition, threshold: undefined, timing, firings, measured: [], sweep: undefined };
  }
  const measured = await source(condition.guarded, window);
  const compare = COMPARE[condition.operator] ?? (() => false);
  const threshold = request.threshold ?? condition.threshold;
  const breached = measured.map(({ labels, values }) => ({
    labels,
    values: new Map([...values].filter(([, value]) => compare(value, threshold))),
  }));
  const firings = replay(breached, window, timing, isLowBad(condition));
  const swept = request.sweep === undefined ? undefined : await sweepRule(rule, condition, measured, request);
  return { condition, threshold, timing, firings, measured, sweep: swept };
}

/** Whether small values are the bad ones. */
export function isLowBad({ operator }: Pick<Condition, 'operator'>): boolean {
  return operator.startsWith('<');
}

async function sweepRule(
  rule: AlertingRule,
  condition: Condition,
  measured: readonly HistoryRow[],
  { window, sweep: wanted, keepFiringFor }: BacktestRequest,
): Promise<Backtest['sweep']> {
  const compare = COMPARE[condition.operator];
  if (wanted === undefined || compare === undefined) return undefined;
  const thresholds =
    wanted.thresholds ?? FACTORS.map((factor) => Number((condition.threshold * factor).toPrecision(6)));
  const holds = wanted.holds ?? [...HOLDS, rule.holdFor];
  const combinations = [unique(thresholds), unique(holds)] as const;
  if (combinations[0].length * combinations[1].length > MAX_COMBINATIONS) {
    throw new BadInputError(`a sweep tries at most ${MAX_COMBINATIONS} combinations of threshold and hold`);
  }
  const rows = await sweep(measured, window, compare, ...combinations, keepFiringFor ?? rule.keepFiringFor);
  return { rows, proposal: propose(rows, window, wanted.alertsPerWeek) };
}

function unique(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
