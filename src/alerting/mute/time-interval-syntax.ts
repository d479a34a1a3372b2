import { TimeIntervalSyntaxError } from '../errors';
import type { InclusiveRange } from './time-interval';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/**
 * Minutes of the day, the end exclusive; `24:00` only as an end.
 * @throws TimeIntervalSyntaxError
 */
export function parseTimeRange(start: string, end: string): { readonly start: number; readonly end: number } {
  const range = { start: parseTime(start), end: parseTime(end) };
  if (range.start >= range.end) throw new TimeIntervalSyntaxError(`start time ${start} must be before end time ${end}`);
  return range;
}

/** @throws TimeIntervalSyntaxError */
export function parseWeekdays(text: string): InclusiveRange {
  return parseRange(text, (part) => {
    const index = WEEKDAYS.indexOf(part);
    const number = index >= 0 ? index : integer(part, text);
    if (number < 0 || number > 6) throw new TimeIntervalSyntaxError(`${text} is not a valid weekday: 0 (sunday) to 6`);
    return number;
  });
}

/** @throws TimeIntervalSyntaxError */
export function parseMonths(text: string): InclusiveRange {
  return parseRange(text, (part) => {
    const index = MONTHS.indexOf(part);
    const number = index >= 0 ? index + 1 : integer(part, text);
    if (number < 1 || number > 12) throw new TimeIntervalSyntaxError(`${text} is not a valid month: 1 to 12`);
    return number;
  });
}

/** @throws TimeIntervalSyntaxError */
export function parseYears(text: string): InclusiveRange {
  return parseRange(text, (part) => integer(part, text));
}

/** Days 1 to 31, or -31 to -1 from the month's end. @throws TimeIntervalSyntaxError */
export function parseDaysOfMonth(text: string): InclusiveRange {
  const range = parseRange(
    text,
    (part) => {
      const day = integer(part, text);
      if (day === 0 || day < -31 || day > 31)
        throw new TimeIntervalSyntaxError(`${part} is not a valid day of the month: 1 to 31, or -31 to -1`);
      return day;
    },
    true,
  );
  if (range.begin < 0 && range.end > 0) {
    throw new TimeIntervalSyntaxError(`end day must be negative if start day is negative: ${text}`);
  }
  // Shorter months are met by clamping; what no month can hold is a fault.
  const begin = range.begin < 0 ? 31 + range.begin : range.begin;
  const end = range.end < 0 ? 31 + range.end : range.end;
  if (begin > end) throw new TimeIntervalSyntaxError(`end day ${range.end} is always before start day ${range.begin}`);
  return range;
}

/** @throws TimeIntervalSyntaxError */
export function parseLocation(name: string): string {
  if (name === '' || name === 'UTC') return 'UTC';
  if (name === 'Local') return Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    throw new TimeIntervalSyntaxError(`unknown time zone ${name}`, { cause: error });
  }
}

function parseTime(text: string): number {
  const match = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
  if (match === null)
    throw new TimeIntervalSyntaxError(`couldn't parse timestamp ${text}, invalid format; write HH:MM`);
  return match[1] === undefined ? 1440 : Number(match[1]) * 60 + Number(match[2]);
}

function parseRange(text: string, read: (part: string) => number, mayDescend = false): InclusiveRange {
  const parts = text
    .toLowerCase()
    .split(':')
    .map((part) => part.trim());
  const [first, second = first, ...more] = parts;
  if (first === undefined || first === '' || second === undefined || second === '' || more.length > 0) {
    throw new TimeIntervalSyntaxError(`couldn't parse range ${text}, invalid format`);
  }
  const range = { begin: read(first), end: read(second) };
  if (!mayDescend && range.begin > range.end)
    throw new TimeIntervalSyntaxError(`start of range ${text} cannot be after its end`);
  return range;
}

function integer(part: string, text: string): number {
  if (!/^-?\d+$/.test(part)) throw new TimeIntervalSyntaxError(`couldn't parse ${part} in ${text}`);
  return Number(part);
}
