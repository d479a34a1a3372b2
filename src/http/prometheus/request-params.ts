import type { Request } from 'express';
import { parseDuration } from '../../base/duration';
import type { EpochMillis, Millis } from '../../base/clock';
import { BadInputError, messageOf } from '../../base/errors';
import type { Matcher } from '../../domain/matcher';
import { parseSelector } from '../../promql';

/** What stands for "since ever" and "for ever" in requests: the ends of Go's times, in seconds. */
const EVER_SECONDS = 9_223_309_901_257_974;
/** Beyond any sample, within what a Date can hold. */
export const EVER: EpochMillis = 8_640_000_000_000_000;

/** The parameters of a request: of the URL and of a form body, where both are given the body's first. */
export class RequestParams {
  private readonly values = new Map<string, string[]>();

  constructor(request: Pick<Request, 'url' | 'body'>) {
    const question = request.url.indexOf('?');
    const url = new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1));
    const body: unknown = request.body;
    if (typeof body === 'object' && body !== null) {
      for (const [name, value] of Object.entries(body)) {
        const list: unknown[] = Array.isArray(value) ? value : [value];
        for (const own of list) this.add(name === 'match' ? 'match[]' : name, String(own));
      }
    }
    for (const [name, value] of url) this.add(name, value);
  }

  private add(name: string, value: string): void {
    const list = this.values.get(name);
    if (list === undefined) this.values.set(name, [value]);
    else list.push(value);
  }

  /** The first value; empty when not given. */
  text(name: string): string {
    return this.values.get(name)?.[0] ?? '';
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** Unix seconds or RFC 3339. @throws BadInputError */
  time(name: string, fallback: EpochMillis): EpochMillis {
    const text = this.text(name);
    if (text === '') return fallback;
    return this.reading(name, () => parseTime(text));
  }

  /** As `time`; faults name the parameter twice, as Prometheus does of some. @throws BadInputError */
  namedTime(name: string, fallback: EpochMillis): EpochMillis {
    const text = this.text(name);
    if (text === '') return fallback;
    return this.reading(name, () => {
      try {
        return parseTime(text);
      } catch (error) {
        throw new BadInputError(`invalid time value for '${name}': ${messageOf(error)}`, { cause: error });
      }
    });
  }

  /** Seconds or Prometheus' duration syntax; undefined when not given. @throws BadInputError */
  duration(name: string): Millis | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    return this.reading(name, () => parseSpan(text));
  }

  /** @throws BadInputError */
  required(name: string): string {
    const text = this.text(name);
    if (text === '') throw new BadInputError(`invalid parameter "${name}": unexpected empty value`);
    return text;
  }

  /** A count of things; 0 and nothing mean without limit. @throws BadInputError */
  limit(name = 'limit'): number {
    const text = this.text(name);
    if (text === '') return Infinity;
    const count = Number(text);
    if (!/^[+-]?\d+$/.test(text)) {
      throw new BadInputError(`invalid parameter "${name}": cannot parse "${text}" to a number`);
    }
    if (count < 0) throw new BadInputError(`invalid parameter "${name}": limit must be non-negative`);
    return count === 0 ? Infinity : count;
  }

  /** The selectors of `match[]`. @throws BadInputError */
  selectors(): (readonly Matcher[])[] {
    return this.all('match[]').map((text) => this.reading('match[]', () => parseSelector(text)));
  }

  /** The window of `start` and `end`, by default everything. @throws BadInputError */
  window(): { start: EpochMillis; end: EpochMillis } {
    const start = this.time('start', -EVER);
    const end = this.time('end', EVER);
    if (end < start) throw new BadInputError('invalid parameter "end": end timestamp must not be before start time');
    return { start, end };
  }

  /** Runs `read`; its faults name the parameter. @throws BadInputError */
  reading<T>(name: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new BadInputError(`invalid parameter "${name}": ${messageOf(error)}`, { cause: error });
    }
  }
}

/** @throws BadInputError */
export function parseTime(text: string): EpochMillis {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const seconds = Number(text);
    if (Math.abs(seconds) >= EVER_SECONDS) return Math.sign(seconds) * EVER;
    return Math.round(seconds * 1000);
  }
  const rfc3339 = /^(-?\d{4,6})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.exec(text);
  if (rfc3339 !== null) {
    const year = Number(rfc3339[1]);
    if (Math.abs(year) > 9999) return Math.sign(year) * EVER;
    const millis = Math.floor(Number(rfc3339[7] ?? '0') * 1000);
    const at = Date.parse(text.replace(/\.\d+/, '').toUpperCase());
    if (!Number.isNaN(at)) return at + millis;
  }
  throw new BadInputError(`cannot parse "${text}" to a valid timestamp`);
}

function parseSpan(text: string): Millis {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const millis = Number(text) * 1000;
    if (Math.abs(millis) > 9_223_372_036_854) {
      throw new BadInputError(`cannot parse "${text}" to a valid duration. It overflows int64`);
    }
    return millis;
  }
  try {
    return parseDuration(text);
  } catch {
    throw new BadInputError(`cannot parse "${text}" to a valid duration`);
  }
}
