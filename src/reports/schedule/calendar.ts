import { Cron } from 'croner';
import type { EpochMillis, Millis } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import type { ReportPeriod } from '../report';

/** When a report is due and what it speaks of. */
export interface Calendar {
  readonly every: CalendarUnit;
  /** `08:00`, `Mon 08:00` or `1 08:00`, by `every`. */
  readonly at?: string | undefined;
  /** Takes the place of both. */
  readonly cron?: string | undefined;
  readonly timezone: string;
  readonly period?: CalendarUnit | Millis | undefined;
}

/** Whole days, weeks and months. */
export type CalendarUnit = 'day' | 'week' | 'month';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Where each unit begins. */
const BEGINS: Readonly<Record<CalendarUnit, string>> = { day: '0 0 * * *', week: '0 0 * * 1', month: '0 0 1 * *' };
const USUAL: Readonly<Record<CalendarUnit, string>> = { day: '08:00', week: 'Mon 08:00', month: '1 08:00' };

/**
 * The calendar as a cron pattern of five fields.
 * @throws BadInputError
 */
export function cronOf({ every, at, cron }: Pick<Calendar, 'every' | 'at' | 'cron'>): string {
  if (cron !== undefined) {
    try {
      new Cron(cron, { paused: true, mode: '5-part' });
    } catch (cause) {
      throw new BadInputError(`"${cron}" is no cron pattern of five fields; write for example "0 8 * * 1-5"`, {
        cause,
      });
    }
    return cron;
  }
  const text = at ?? USUAL[every];
  const [, day = '', hour = '', minute = ''] = /^(?:(\w+)\s+)?([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
  const time = `${Number(minute)} ${Number(hour)}`;
  const weekday = DAYS.indexOf(day.slice(0, 3).toLowerCase());
  if (hour !== '' && every === 'day' && day === '') return `${time} * * *`;
  if (hour !== '' && every === 'week' && weekday >= 0) return `${time} * * ${weekday}`;
  // Every month has the first 28 days.
  if (hour !== '' && every === 'month' && /^([1-9]|1\d|2[0-8])$/.test(day)) return `${time} ${day} * *`;
  throw new BadInputError(`"${text}" is no time of a ${every}; write for example "${USUAL[every]}"`);
}

/** The first time after `at` that the report is due; undefined for a calendar that has no more. */
export function dueAfter(calendar: Calendar, at: EpochMillis): EpochMillis | undefined {
  return cron(cronOf(calendar), calendar.timezone).nextRun(new Date(at))?.getTime();
}

/** The last time up to `at`, inclusive, that the report was due. */
export function dueUpTo(calendar: Calendar, at: EpochMillis): EpochMillis | undefined {
  return lastOf(cronOf(calendar), calendar.timezone, at, 1)[0];
}

/** What a report that is due at `due` speaks of, and the period before that. */
export function periodsOf(calendar: Calendar, due: EpochMillis): { period: ReportPeriod; previous: ReportPeriod } {
  const wanted = calendar.period ?? calendar.every;
  if (typeof wanted === 'number')
    return {
      period: { start: due - wanted, end: due },
      previous: { start: due - 2 * wanted, end: due - wanted },
    };
  const [end = due, start = due, earlier = due] = lastOf(BEGINS[wanted], calendar.timezone, due, 3);
  return { period: { start, end }, previous: { start: earlier, end: start } };
}

/** The last `count` times up to `at`, the latest first. */
function lastOf(pattern: string, timezone: string, at: EpochMillis, count: number): EpochMillis[] {
  // The calendar counts seconds, and leaves out the one it is asked at.
  const reference = new Date(Math.floor(at / 1000) * 1000 + 1000);
  return cron(pattern, timezone)
    .previousRuns(count, reference)
    .map((time) => time.getTime());
}

function cron(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { timezone, paused: true, mode: '5-part' });
}
