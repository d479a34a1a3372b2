import type { EpochMillis, Millis } from '../../base/clock';
import type { AlertState } from '../status';

/** One alert instance as the rule remembers it. Immutable; `next` gives its successor. */
export interface AlertCell {
  readonly state: AlertState;
  readonly activeAt: EpochMillis;
  readonly firedAt: EpochMillis | undefined;
  readonly resolvedAt: EpochMillis | undefined;
  readonly keepFiringSince: EpochMillis | undefined;
  readonly lastSentAt: EpochMillis | undefined;
}

/** What decides about an alert besides its condition. */
export interface AlertTiming {
  /** The rule's `for`. */
  readonly holdFor: Millis;
  readonly keepFiringFor: Millis;
  /** How long a resolved alert is remembered. */
  readonly resolvedRetention: Millis;
}

/**
 * The alert after an evaluation at `at`, where `condition` tells whether its label set was in the result; undefined when
 * there is none. Source: Prometheus, rules/alerting.go `Eval`.
 */
export function next(
  previous: AlertCell | undefined,
  condition: boolean,
  at: EpochMillis,
  timing: AlertTiming,
): AlertCell | undefined {
  return condition ? whileTrue(previous, at, timing) : whileFalse(previous, at, timing);
}

function whileTrue(previous: AlertCell | undefined, at: EpochMillis, { holdFor }: AlertTiming): AlertCell {
  const cell: AlertCell =
    previous === undefined || previous.state === 'inactive'
      ? {
          state: 'pending',
          activeAt: at,
          firedAt: undefined,
          resolvedAt: undefined,
          keepFiringSince: undefined,
          lastSentAt: undefined,
        }
      : { ...previous, keepFiringSince: undefined };
  const held = at - cell.activeAt >= holdFor;
  if (cell.state === 'pending' && held) return { ...cell, state: 'firing', firedAt: at };
  // A reload raised the hold: back to pending, as if it had never fired.
  if (cell.state === 'firing' && !held) return { ...cell, state: 'pending', firedAt: undefined, lastSentAt: undefined };
  return cell;
}

function whileFalse(
  previous: AlertCell | undefined,
  at: EpochMillis,
  { holdFor, keepFiringFor, resolvedRetention }: AlertTiming,
): AlertCell | undefined {
  switch (previous?.state) {
    case undefined:
    case 'pending':
      return undefined;
    case 'inactive': {
      // What was told firing is remembered until its end has been told too, however long that takes.
      const { resolvedAt = at, lastSentAt } = previous;
      const untold = lastSentAt !== undefined && lastSentAt < resolvedAt;
      return at - resolvedAt > resolvedRetention && !untold ? undefined : previous;
    }
    case 'firing': {
      if (keepFiringFor > 0) {
        const keepFiringSince = previous.keepFiringSince ?? at;
        if (at - keepFiringSince < keepFiringFor) {
          const kept = { ...previous, keepFiringSince };
          if (at - kept.activeAt >= holdFor) return kept;
          return { ...kept, state: 'pending', firedAt: undefined, lastSentAt: undefined };
        }
      }
      return { ...previous, state: 'inactive', resolvedAt: at };
    }
  }
}

/**
 * Whether the alert is due to be handed over at `at`: news, or the last time is longer ago than `resendDelay` (strictly,
 * as in Prometheus, so the real period is the first multiple of the interval beyond the delay).
 */
export function isDue(cell: AlertCell, at: EpochMillis, resendDelay: Millis): boolean {
  if (cell.state === 'pending') return false;
  if (cell.resolvedAt !== undefined && cell.resolvedAt > (cell.lastSentAt ?? -Infinity)) return true;
  return (cell.lastSentAt ?? -Infinity) + resendDelay < at;
}
