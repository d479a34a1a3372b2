import type { EpochMillis, Millis } from '../../base/clock';
import { BadInputError, CodedError, messageOf, NotFoundError } from '../../base/errors';

/** Query parameters as they came: of a repeated one all values. */
export type RawQuery = Readonly<Record<string, unknown>>;

const UNITS: Readonly<Record<string, Millis>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Go's notation of a duration (`1h2m3.5s`, `500us`), in milliseconds.
 * @throws BadInputError
 */
export function parseGoDuration(text: string, name: string): Millis {
  const plain = text.trim();
  const parts = [...plain.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  const whole = parts.map((part) => part[0]).join('');
  if (plain !== '0' && (parts.length === 0 || whole !== plain))
    throw new BadInputError(
      `unable to parse param '${name}': "${text}" is not a duration such as 1.2s, 100ms or 500us`,
    );
  const millis = parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0), 0);
  // One duration is one number, however it was written: 4.5us is 4500ns.
  return Math.round(millis * 1e6) / 1e6;
}

/** The values of a parameter, under any of its names. */
export function valuesOf(query: RawQuery, ...names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = query[name];
    if (typeof value === 'string') return value === '' ? [] : [value];
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
  });
}

/** The last value of a parameter, under any of its names. */
export function valueOf(query: RawQuery, ...names: readonly string[]): string | undefined {
  return valuesOf(query, ...names).at(-1);
}

/** @throws BadInputError when it is no whole number from `least` on. */
export function parseWhole(text: string, name: string, least = 0): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text.trim()) || value < least)
    throw new BadInputError(`unable to parse param '${name}': "${text}" is not a whole number from ${least} on`);
  return value;
}

/** An instant in RFC 3339 or decimal milliseconds. @throws BadInputError */
export function parseInstant(text: string, name: string): EpochMillis {
  const plain = text.trim().replace(' ', '+');
  const at = /^\d+$/.test(plain) ? Number(plain) : Date.parse(plain);
  if (!Number.isFinite(at))
    throw new BadInputError(`unable to parse param '${name}': "${text}" is not an RFC 3339 time`);
  const fraction = /\.\d{3}(\d+)/.exec(plain)?.[1];
  return fraction === undefined ? at : at + Number(`0.${fraction}`);
}

/** An instant in RFC 3339, in nanoseconds. @throws BadInputError */
export function parseNanos(text: string, name: string): bigint {
  const [, whole, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(text) ?? [];
  const millis = whole === undefined ? NaN : Date.parse(`${whole}${zone}`);
  if (!Number.isFinite(millis))
    throw new BadInputError(`unable to parse param '${name}': "${text}" is not an RFC 3339 time`);
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** A JSON object of texts, as `tags` and `query.attributes` give them. @throws BadInputError */
export function parseTextMap(text: string, name: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new BadInputError(`malformed '${name}' parameter, cannot unmarshal JSON: ${messageOf(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new BadInputError(`malformed '${name}' parameter, expecting a JSON object of strings`);
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/**
 * A trace id as 32 lowercase hex digits, from hex of up to 32 digits or base64 of 16 bytes.
 * @throws BadInputError
 */
export function parseTraceId(text: string): string {
  if (/^[0-9a-f]{1,32}$/i.test(text)) {
    const id = text.toLowerCase().padStart(32, '0');
    if (!/^0+$/.test(id)) return id;
  } else if (/^[A-Za-z0-9+/_-]{22}(==)?$/.test(text)) {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length === 16) return bytes.toString('hex');
  }
  throw new BadInputError(`malformed trace id "${text}": expecting up to 32 hex digits`);
}

/** The HTTP status that says what went wrong. */
export function statusOf(error: unknown): number {
  if (error instanceof NotFoundError) return 404;
  const code = error instanceof CodedError ? error.code : '';
  if (code === 'BAD_INPUT' || code === 'REGEX_SYNTAX') return 400;
  return code === 'LIMIT_EXCEEDED' ? 422 : code === 'STORE_UNAVAILABLE' ? 503 : 500;
}
