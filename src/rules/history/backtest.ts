import type { EpochMillis, Millis } from '../../base/clock';
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

/** Replays an alert over history: the same state machine that decides when running. */
export function replay(
  rows: readonly HistoryRow[],
  window: HistoryWindow,
  timing: ReplayTiming,
  lowIsBad = false,
): Firing[] {
  const options = { ...timing, resolvedRetention: 0 };
  const firings: Firing[] = [];
  for (const { labels, values } of rows) {
    let cell: AlertCell | undefined;
    let seen: number[] = [];
    const close = (resolvedAt: EpochMillis | undefined): void => {
      if (cell?.firedAt === undefined) return;
      const peak = lowIsBad ? Math.min(...seen) : Math.max(...seen);
      firings.push({ labels, activeAt: cell.activeAt, firedAt: cell.firedAt, resolvedAt, peak, values: seen });
    };
    for (let at = window.start; at <= window.end; at += window.step) {
      const value = values.get(at);
      const following = next(cell, value !== undefined, at, options);
      if (following?.state === 'inactive' && cell?.state === 'firing') close(at);
      if (following === undefined || following.state === 'inactive') {
        cell = undefined;
        seen = [];
        continue;
      }
      cell = following;
      if (value !== undefined) seen.push(value);
    }
    if (cell?.state === 'firing') close(undefined);
  }
  return firings.sort((a, b) => a.firedAt - b.firedAt);
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

/** How threshold and hold trade alerts against delay: replays what is measured with each combination. */
export function sweep(
  measured: readonly HistoryRow[],
  window: HistoryWindow,
  compare: (value: number, threshold: number) => boolean,
  thresholds: readonly number[],
  holds: readonly Millis[],
  keepFiringFor: Millis,
): SweepRow[] {
  return thresholds.flatMap((threshold) => {
    const rows = measured.map(({ labels, values }) => ({
      labels,
      values: new Map([...values].filter(([, value]) => compare(value, threshold))),
    }));
    return holds.map((holdFor): SweepRow => {
      const firings = replay(rows, window, { holdFor, keepFiringFor });
      const delays = firings.map(({ activeAt, firedAt }) => firedAt - activeAt);
      return {
        threshold,
        holdFor,
        firings: firings.length,
        delay: delays.length === 0 ? undefined : delays.reduce((sum, delay) => sum + delay, 0) / delays.length,
        firingTime: firings.reduce((sum, { firedAt, resolvedAt }) => sum + (resolvedAt ?? window.end) - firedAt, 0),
      };
    });
  });
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
