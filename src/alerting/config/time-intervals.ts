import { z } from 'zod';
import {
  parseTimeRange,
  parseWeekdays,
  parseDaysOfMonth,
  parseMonths,
  parseYears,
  parseLocation,
} from '../mute/time-interval-syntax';
import type { TimeInterval } from '../mute/time-interval';

/** One alternative of a named time interval; all its fields must match. */
export const timeInterval = z.strictObject({
  times: z
    .array(
      z.strictObject({ start_time: z.union([z.string(), z.number()]), end_time: z.union([z.string(), z.number()]) }),
    )
    .nullish(),
  weekdays: z.array(z.union([z.string(), z.number()])).nullish(),
  days_of_month: z.array(z.union([z.string(), z.number()])).nullish(),
  months: z.array(z.union([z.string(), z.number()])).nullish(),
  years: z.array(z.union([z.string(), z.number()])).nullish(),
  location: z.string().nullish(),
});

/** A named time interval: it matches when one of its alternatives does. */
export const namedTimeInterval = z.strictObject({
  name: z.string().min(1),
  time_intervals: z
    .array(timeInterval)
    .nullish()
    .transform((list) => list ?? []),
});

/** @throws TimeIntervalSyntaxError */
export function toTimeInterval(source: z.output<typeof timeInterval>): TimeInterval {
  return {
    times: (source.times ?? []).map(({ start_time: start, end_time: end }) =>
      parseTimeRange(String(start), String(end)),
    ),
    weekdays: (source.weekdays ?? []).map((text) => parseWeekdays(String(text))),
    daysOfMonth: (source.days_of_month ?? []).map((text) => parseDaysOfMonth(String(text))),
    months: (source.months ?? []).map((text) => parseMonths(String(text))),
    years: (source.years ?? []).map((text) => parseYears(String(text))),
    location: parseLocation(source.location ?? 'UTC'),
  };
}
