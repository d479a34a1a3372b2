import { z } from 'zod';
import type { Millis } from './clock';
import { CodedError } from './errors';

/** The text is not a duration. */
export class DurationSyntaxError extends CodedError {
  readonly code = 'DURATION_SYNTAX';
}

const UNITS: readonly (readonly [unit: string, millis: Millis])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Reads a duration in Prometheus syntax: `1h30m`, `5m`, `250ms`, `0`. Units descend, each at most once, integers only.
 * @throws DurationSyntaxError
 */
export function parseDuration(text: string): Millis {
  if (text === '0') return 0;
  const match = text === '' ? null : PATTERN.exec(text);
  if (!match) throw new DurationSyntaxError(`"${text}" is not a duration; write for example 30s, 5m or 1h30m`);
  let total = 0;
  UNITS.forEach(([, millis], index) => (total += Number(match[index + 1] ?? 0) * millis));
  if (!Number.isSafeInteger(total)) throw new DurationSyntaxError(`duration "${text}" is too long`);
  return total;
}

/** Writes a duration as Prometheus does: `1h30m`, `0s`. Weeks and years only where they divide it. Rounds to 1 ms. */
export function formatDuration(duration: Millis): string {
  let left = Math.round(Math.abs(duration));
  if (left === 0) return '0s';
  let text = '';
  for (const [unit, millis] of UNITS) {
    if ((unit === 'y' || unit === 'w') && left % millis !== 0) continue;
    const count = Math.floor(left / millis);
    if (count > 0) text += `${count}${unit}`;
    left -= count * millis;
  }
  return (duration < 0 ? '-' : '') + text;
}

/** A configuration value in duration syntax; a number counts as milliseconds so that defaults can be given in code. */
export const duration = z.union([z.number().nonnegative(), z.string()]).transform((value, context): Millis => {
  if (typeof value === 'number') return value;
  try {
    return parseDuration(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});
