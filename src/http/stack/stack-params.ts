import type { EpochMillis } from '../../base/clock';
import { BadInputError } from '../../base/errors';

/** Query parameters as they came. */
export type StackQuery = Readonly<Record<string, unknown>>;

/** The last value of a parameter under the first of its names that has one; undefined when absent or empty. */
export function textParam(query: StackQuery, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = query[name];
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof last === 'string' && last !== '') return last;
  }
  return undefined;
}

/**
 * An instant: epoch milliseconds, epoch seconds (below 10^11, may have a fraction) or RFC 3339.
 * @throws BadInputError
 */
export function instantParam(query: StackQuery, name: string): EpochMillis | undefined {
  const text = textParam(query, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  const at = Number.isFinite(number)
    ? Math.abs(number) < 1e11
      ? number * 1000
      : number
    : Date.parse(text.replace(' ', '+'));
  if (!Number.isFinite(at))
    throw new BadInputError(`"${name}" is "${text}": expecting epoch milliseconds, epoch seconds or an RFC 3339 time`);
  return at;
}

/** A whole number from 1 to `most`. @throws BadInputError */
export function limitParam(query: StackQuery, fallback: number, most: number): number {
  const text = textParam(query, 'limit');
  if (text === undefined) return fallback;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw new BadInputError(`"limit" is "${text}": expecting a whole number from 1 to ${most}`);
  return limit;
}

/** A switch: true for `1`, `true` and a bare name. */
export function flagParam(query: StackQuery, name: string): boolean {
  const value = query[name];
  return value === '' || value === '1' || value === 'true';
}
