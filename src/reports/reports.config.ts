import { z } from 'zod';
import { duration } from '../base/duration';
import { messageOf } from '../base/errors';
import { cronOf, dueAfter } from './schedule/calendar';
import { SECTION_IDS } from './report';

/** Whole days, weeks (from Monday) and months of a calendar. */
const unit = z.enum(['day', 'week', 'month']);

const schedule = z
  .strictObject({
    /** What the report is called: in its title, and in `telltale report --send`. */
    name: z.string().regex(/^[\w.-]{1,64}$/, 'expecting 1 to 64 letters, digits, dots, dashes or underscores'),
    /** How often it is sent. */
    every: unit.default('week'),
    /** When: `08:00` of a day, `Mon 08:00` of a week, `1 08:00` of a month. */
    at: z.string().optional(),
    /** In place of `every` and `at`: minute, hour, day of month, month, day of week. */
    cron: z.string().optional(),
    /** The time zone of `at`, `cron` and of whole days, e.g. `Europe/Berlin`. */
    timezone: z.string().default('UTC'),
    /**
     * What it speaks of: the last whole `day`, `week` or `month` before it is sent, or a duration that ends then. Without one
     * as long as `every`.
     */
    period: z.union([unit, duration]).optional(),
    /** Whether it is held against the period before. */
    compare: z.boolean().default(true),
    /** Receivers of `alerting`; `name/email` for one kind of a receiver's channels. */
    receivers: z.array(z.string().min(1)).min(1),
    /** Sections in it, besides the recommendations. */
    sections: z
      .array(z.enum(SECTION_IDS))
      .min(1)
      .default([...SECTION_IDS]),
  })
  .superRefine((given, context) => {
    try {
      if (given.cron !== undefined && given.at !== undefined) throw new Error('write "at" or "cron", not both');
      cronOf(given);
    } catch (error) {
      context.addIssue({ code: 'custom', path: [given.cron === undefined ? 'at' : 'cron'], message: messageOf(error) });
      return;
    }
    try {
      dueAfter(given, 0);
    } catch {
      context.addIssue({
        code: 'custom',
        path: ['timezone'],
        message: `"${given.timezone}" is no time zone; write for example Europe/Berlin`,
      });
    }
  });

/** The `reports:` section of the configuration file. */
export const reportsConfig = z.strictObject({
  /** Reports that are sent by themselves. */
  schedules: z
    .array(schedule)
    .max(100)
    .default([])
    .superRefine((all, context) => {
      const names = all.map(({ name }) => name);
      names.forEach((name, index) => {
        if (names.indexOf(name) < index)
          context.addIssue({
            code: 'custom',
            path: [index, 'name'],
            message: `there are two schedules named "${name}"`,
          });
      });
    }),
});

/** The checked `reports:` section. */
export type ReportsConfig = z.output<typeof reportsConfig>;
/** One report that is sent by itself. */
export type ReportSchedule = ReportsConfig['schedules'][number];
