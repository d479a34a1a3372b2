import type { EpochMillis, Millis } from '../../base/clock';
import { nextTurn } from '../../base/turn';
import type { Labels } from '../../domain/labels';
import { next } from '../evaluation/alert-state';
import type { AlertCell } from '../evaluation/alert-state';

/** The results of an expression at the steps of a window: one row per label set. */
export interface HistoryRow {
  readonly labels: Labels;
  /** By time; a step without a result is not there. */
  readonly values: ReadonlyMap<EpochMillis, number>;
}

/** A window of history. */
export interface HistoryWindow {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly step: Millis;
}

/** One time that an alert would have fired. */
export interface Firing {
  readonly labels: Labels;
  /** When the condition began to hold. */
  readonly activeAt: EpochMillis;
  readonly firedAt: EpochMillis;
  /** Undefined: it fires at the end of the window. */
  readonly resolvedAt: EpochMillis | undefined;
  /** The value furthest from normal. */
  readonly peak: number;
  /** The values from activeAt to the end, for a plot. */
  readonly values: readonly number[];
}

/** What decides in a replay. */
export interface ReplayTiming {
  readonly holdFor: Millis;
  readonly keepFiringFor: Millis;
}

/** Steps without a gap at which a condition holds, with its values. */
interface Run {
  readonly from: EpochMillis;
  readonly to: EpochMillis;
  readonly values: readonly number[];
}

/**
 * Replays an alert over history with the state machine that decides when running. Asks it only where something can change:
 * at the ends of runs and where a hold runs out; the result is that of asking at every step.
 */
export function replay(
  rows: readonly HistoryRow[],
  window: HistoryWindow,
  timing: ReplayTiming,
  lowIsBad = false,
): Firing[] {
  return rows
    .flatMap(({ labels, values }) => replayRuns(labels, runsOf(values, window), window, timing, lowIsBad))
    .sort((a, b) => a.firedAt - b.firedAt);
}

function runsOf(
  values: ReadonlyMap<EpochMillis, number>,
  { start, end, step }: HistoryWindow,
  holds: (value: number) => boolean = () => true,
): Run[] {
  const runs: { from: EpochMillis; to: EpochMillis; values: number[] }[] = [];
  let run: (typeof runs)[number] | undefined;
  for (let at = start; at <= end; at += step) {
    const value = values.get(at);
    if (value === undefined || !holds(value)) run = undefined;
    else if (run === undefined) runs.push((run = { from: at, to: at, values: [value] }));
    else {
      run.to = at;
      run.values.push(value);
    }
  }
  return runs;
}

function replayRuns(
  labels: Labels,
  runs: readonly Run[],
  { start, end, step }: HistoryWindow,
  timing: ReplayTiming,
  lowIsBad: boolean,
): Firing[] {
  const options = { ...timing, resolvedRetention: 0 };
  const firings: Firing[] = [];
  let cell: AlertCell | undefined;
  let seen: Run[] = [];
  const gridUp = (at: EpochMillis): EpochMillis => start + Math.ceil((at - start) / step) * step;
  const close = (resolvedAt: EpochMillis | undefined): void => {
    if (cell?.firedAt !== undefined) {
      const { activeAt, firedAt } = cell;
      const values = seen.length === 1 ? (seen[0]?.values ?? []) : seen.flatMap((run) => run.values);
      firings.push({ labels, activeAt, firedAt, resolvedAt, peak: extremeOf(values, lowIsBad), values });
    }
    cell = undefined;
    seen = [];
  };
  for (const [index, run] of runs.entries()) {
    cell = next(cell, true, run.from, options);
    seen.push(run);
    if (cell?.state === 'pending') {
      const due = gridUp(cell.activeAt + timing.holdFor);
      if (due <= run.to) cell = next(cell, true, due, options);
    }
    const gapEnd = (runs[index + 1]?.from ?? end + step) - step;
    // Twice at most: the first step without the condition, and the one at which keeping on ends.
    for (let at = run.to + step; at <= gapEnd && cell !== undefined;) {
      const following: AlertCell | undefined = next(cell, false, at, options);
      if (following === undefined) {
        cell = undefined;
        seen = [];
      } else if (following.state === 'inactive') close(at);
      else {
        cell = following;
        at = Math.max(at + step, gridUp((following.keepFiringSince ?? at) + timing.keepFiringFor));
      }
    }
  }
  if (cell?.state === 'firing') close(undefined);
  return firings;
}

function extremeOf(values: readonly number[], lowest: boolean): number {
  return values.reduce(
    (extreme, value) => ((lowest ? value < extreme : value > extreme) ? value : extreme),
    values[0] ?? NaN,
  );
}

/** One combination of a sweep. */
export interface SweepRow {
  readonly threshold: number;
  readonly holdFor: Millis;
  readonly firings: number;
  /** From the condition to the alert, on average; undefined where nothing fires. */
  readonly delay: Millis | undefined;
  /** How long the alerts fired in all. */
  readonly firingTime: Millis;
}

/**
 * How threshold and hold trade alerts against delay: replays what is measured with each combination. Gives other work its
 * turn between thresholds.
 */
export async function sweep(
  measured: readonly HistoryRow[],
  window: HistoryWindow,
  compare: (value: number, threshold: number) => boolean,
  thresholds: readonly number[],
  holds: readonly Millis[],
  keepFiringFor: Millis,
): Promise<SweepRow[]> {
  const rows: SweepRow[] = [];
  for (const threshold of thresholds) {
    const byRow: { labels: Labels; runs: Run[] }[] = [];
    for (const { labels, values } of measured) {
      byRow.push({ labels, runs: runsOf(values, window, (value) => compare(value, threshold)) });
      await nextTurn();
    }
    for (const holdFor of holds) {
      const firings = byRow.flatMap(({ labels, runs }) =>
        replayRuns(labels, runs, window, { holdFor, keepFiringFor }, false),
      );
      rows.push({ threshold, holdFor, ...figuresOf(firings, window) });
    }
  }
  return rows;
}

/** How often, how late and how long alerts fired. */
export function figuresOf(
  firings: readonly Firing[],
  window: HistoryWindow,
): Pick<SweepRow, 'firings' | 'delay' | 'firingTime'> {
  const delays = firings.map(({ activeAt, firedAt }) => firedAt - activeAt);
  return {
    firings: firings.length,
    delay: delays.length === 0 ? undefined : delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
    firingTime: firings.reduce((sum, { firedAt, resolvedAt }) => sum + (resolvedAt ?? window.end) - firedAt, 0),
  };
}

/**
 * The combination to propose: the quickest of those that fire at most `alertsPerWeek` times a week, and of equally quick
 * ones that with the lowest number of alerts; undefined where none is quiet enough.
 */
export function propose(rows: readonly SweepRow[], window: HistoryWindow, alertsPerWeek: number): SweepRow | undefined {
  const weeks = Math.max((window.end - window.start) / 604_800_000, 1 / 7);
  const quiet = rows.filter(({ firings }) => firings > 0 && firings / weeks <= alertsPerWeek);
  return [...quiet].sort((a, b) => (a.delay ?? 0) - (b.delay ?? 0) || a.firings - b.firings)[0];
}
