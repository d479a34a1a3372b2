import { z } from 'zod';
import type { Millis } from '../../base/clock';
import { formatDuration, parseDuration } from '../../base/duration';

/** What a number counts. */
export type Unit = 'seconds' | 'ratio' | 'bytes' | 'usd' | 'tokens' | 'count';

/** A number with its unit, perhaps per a time. */
export interface Quantity {
  /** In base units: seconds, 0 to 1, bytes, dollars, tokens. */
  readonly value: number;
  readonly per: Millis | undefined;
  /** For people: `8s`, `85%`, `$20/h`. */
  readonly text: string;
}

const DECIMAL: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, B: 1e9, T: 1e12 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};
const EXAMPLES: Readonly<Record<Unit, string>> = {
  seconds: '8s or 250ms',
  ratio: '85%',
  bytes: '2GiB',
  usd: '$20/h',
  tokens: '500k tokens/10m',
  count: '100',
};

/** Reads a number with a unit; undefined when the text is none. */
export function parseQuantity(source: string | number, unit: Unit): Quantity | undefined {
  const text = String(source).trim();
  const [amount = '', per] = splitPer(text);
  const perMillis = per === undefined ? undefined : durationOf(per);
  if (per !== undefined && perMillis === undefined) return undefined;
  const value = amountOf(amount.trim(), unit);
  return value === undefined || !Number.isFinite(value) ? undefined : { value, per: perMillis, text };
}

/** A field that takes a quantity. */
export function quantity(unit: Unit): z.ZodType<Quantity, string | number> {
  return z.union([z.string(), z.number()]).transform((source, context): Quantity => {
    const parsed = parseQuantity(source, unit);
    if (parsed !== undefined) return parsed;
    context.addIssue({
      code: 'custom',
      message: `"${source}" is not ${article(unit)}; write for example ${EXAMPLES[unit]}`,
    });
    return z.NEVER;
  });
}

/** A number as PromQL writes it. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(12)));
}

/** A time as PromQL and people write it. */
export function timeText(duration: Millis): string {
  return formatDuration(duration);
}

function article(unit: Unit): string {
  return {
    seconds: 'a time',
    ratio: 'a share',
    bytes: 'a size',
    usd: 'an amount of money',
    tokens: 'a number of tokens',
    count: 'a number',
  }[unit];
}

function splitPer(text: string): [string, string | undefined] {
  const at = text.indexOf('/');
  if (at < 0) return [text, undefined];
  return [text.slice(0, at), text.slice(at + 1).trim()];
}

function durationOf(text: string): Millis | undefined {
  const named = { hour: '1h', day: '1d', week: '1w', month: '30d', minute: '1m', second: '1s' }[text] ?? text;
  const counted = /^[a-z]+$/.test(named) ? `1${named}` : named;
  try {
    return parseDuration(counted) || undefined;
  } catch {
    return undefined;
  }
}

function amountOf(text: string, unit: Unit): number | undefined {
  switch (unit) {
    case 'seconds': {
      if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
      const fraction = /^(\d+\.\d+)(ms|s|m|h)$/.exec(text);
      if (fraction) return Number(fraction[1]) * ({ ms: 0.001, s: 1, m: 60, h: 3600 }[fraction[2] ?? ''] ?? NaN);
      try {
        return parseDuration(text) / 1000;
      } catch {
        return undefined;
      }
    }
    case 'ratio': {
      const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
      if (!match) return undefined;
      return match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
    }
    case 'bytes': {
      const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
      const factor = match?.[2] === '' ? 1 : BYTES[match?.[2] ?? ''];
      return match && factor !== undefined ? Number(match[1]) * factor : undefined;
    }
    case 'usd': {
      const match = /^\$?\s*(\d+(?:\.\d+)?)\s*([kM]?)\s*(?:USD|usd|\$)?$/.exec(text);
      return match ? Number(match[1]) * (DECIMAL[match[2] ?? ''] ?? NaN) : undefined;
    }
    case 'tokens':
    case 'count': {
      const match = /^(\d+(?:\.\d+)?)\s*([kKMGBT]?)\s*(?:tokens?|requests?|events?)?$/.exec(text);
      return match ? Number(match[1]) * (DECIMAL[match[2] ?? ''] ?? NaN) : undefined;
    }
  }
}
