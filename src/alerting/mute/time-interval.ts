import type { EpochMillis, Millis } from '../../base/clock';

/** Both ends belong to it. */
export interface InclusiveRange {
  readonly begin: number;
  readonly end: number;
}

/** A part of the calendar: all fields must match, of each field one range; an empty field matches always. */
export interface TimeInterval {
  /** Minutes of the day; the end is exclusive. */
  readonly times: readonly { readonly start: number; readonly end: number }[];
  /** 0 is Sunday. */
  readonly weekdays: readonly InclusiveRange[];
  /** Negative days count from the month's end. */
  readonly daysOfMonth: readonly InclusiveRange[];
  readonly months: readonly InclusiveRange[];
  readonly years: readonly InclusiveRange[];
  /** An IANA time zone. */
  readonly location: string;
}

/** Whether one of the intervals holds `at`. */
export function isWithin(intervals: readonly TimeInterval[], at: EpochMillis): boolean {
  return intervals.some((interval) => contains(interval, at));
}

/** Whether the interval holds `at`. */
export function contains(interval: TimeInterval, at: EpochMillis): boolean {
  const local = new Date(at + offsetOf(at, interval.location));
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  if (interval.times.length > 0 && !interval.times.some(({ start, end }) => minute >= start && minute < end))
    return false;
  if (!matchesDay(interval.daysOfMonth, local)) return false;
  if (!within(interval.months, local.getUTCMonth() + 1)) return false;
  if (!within(interval.weekdays, local.getUTCDay())) return false;
  return within(interval.years, local.getUTCFullYear());
}

/** The next instant (on a minute) at which `isWithin` changes; undefined where none lies within `horizon`. */
export function nextChange(
  intervals: readonly TimeInterval[],
  at: EpochMillis,
  horizon: Millis = 8 * 86_400_000,
): EpochMillis | undefined {
  const before = isWithin(intervals, at);
  const end = at + horizon;
  for (let minute = (Math.floor(at / 60_000) + 1) * 60_000; minute <= end; minute += 60_000) {
    if (isWithin(intervals, minute) !== before) return minute;
  }
  return undefined;
}

function within(ranges: readonly InclusiveRange[], value: number): boolean {
  return ranges.length === 0 || ranges.some(({ begin, end }) => value >= begin && value <= end);
}

function matchesDay(ranges: readonly InclusiveRange[], local: Date): boolean {
  if (ranges.length === 0) return true;
  const days = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 0)).getUTCDate();
  const day = local.getUTCDate();
  return ranges.some((range) => {
    const begin = range.begin < 0 ? days + range.begin + 1 : range.begin;
    const end = range.end < 0 ? days + range.end + 1 : range.end;
    // A range that begins after this month's end matches no day of it.
    if (begin > days) return false;
    return day >= clamp(begin, days) && day <= clamp(end, days);
  });
}

function clamp(day: number, days: number): number {
  return Math.min(Math.max(day, 1), days);
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, { readonly quarter: number; readonly offset: Millis }>();

/** How far the zone's clocks are ahead of UTC; zones change at quarters of an hour, so one answer serves that long. */
function offsetOf(at: EpochMillis, zone: string): Millis {
  if (zone === 'UTC') return 0;
  const quarter = Math.floor(at / 900_000);
  const known = offsets.get(zone);
  if (known?.quarter === quarter) return known.offset;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const start = quarter * 900_000;
  const parts = new Map(format.formatToParts(new Date(start)).map(({ type, value }) => [type, Number(value)]));
  const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
  const offset = wall - start;
  offsets.set(zone, { quarter, offset });
  return offset;
}
