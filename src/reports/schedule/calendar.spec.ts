import { reportsConfig } from '../reports.config';
import { cronOf, dueAfter, dueUpTo, periodsOf } from './calendar';

const at = (text: string): number => Date.parse(text);
const iso = (time: number | undefined): string => (time === undefined ? '' : new Date(time).toISOString().slice(0, 16));

test.each([
  { every: 'day' as const, at: undefined, want: '0 8 * * *' },
  { every: 'day' as const, at: '7:05', want: '5 7 * * *' },
  { every: 'week' as const, at: 'Fri 17:30', want: '30 17 * * 5' },
  { every: 'week' as const, at: 'sunday 06:00', want: '0 6 * * 0' },
  { every: 'month' as const, at: '28 00:00', want: '0 0 28 * *' },
])('every $every at $at is $want', ({ want, ...given }) => expect(cronOf(given)).toBe(want));

test.each([
  { every: 'day' as const, at: 'Mon 08:00' },
  { every: 'week' as const, at: '08:00' },
  { every: 'week' as const, at: 'Xyz 08:00' },
  { every: 'month' as const, at: '29 08:00' },
  { every: 'day' as const, at: '24:00' },
])('every $every at $at is refused with an example', (given) =>
  expect(() => cronOf(given)).toThrow(/write for example/),
);

test('due at the wall clock of the time zone, over the change to summer time', () => {
  const weekly = { every: 'week' as const, at: 'Mon 08:00', timezone: 'Europe/Berlin' };
  expect(iso(dueAfter(weekly, at('2026-03-24T00:00Z')))).toBe('2026-03-30T06:00');
  expect(iso(dueUpTo(weekly, at('2026-03-24T00:00Z')))).toBe('2026-03-23T07:00');
  // An instant at which it is due belongs to what has been due, not to what will be.
  expect(iso(dueUpTo(weekly, at('2026-03-23T07:00Z')))).toBe('2026-03-23T07:00');
  expect(iso(dueAfter(weekly, at('2026-03-23T07:00Z')))).toBe('2026-03-30T06:00');
});

test.each([
  { period: 'day' as const, want: ['2026-03-28T23:00', '2026-03-29T22:00', '2026-03-27T23:00'] },
  { period: 'week' as const, want: ['2026-03-22T23:00', '2026-03-29T22:00', '2026-03-15T23:00'] },
  { period: 'month' as const, want: ['2026-01-31T23:00', '2026-02-28T23:00', '2025-12-31T23:00'] },
  { period: 3_600_000, want: ['2026-03-30T05:00', '2026-03-30T06:00', '2026-03-30T04:00'] },
])('a report of Monday morning about a $period', ({ period, want }) => {
  const periods = periodsOf({ every: 'week', timezone: 'Europe/Berlin', period }, at('2026-03-30T06:00Z'));
  expect([periods.period.start, periods.period.end, periods.previous.start].map(iso)).toEqual(want);
  expect(periods.previous.end).toBe(periods.period.start);
});

test.each([
  { given: { timezone: 'Mars/Olympus' }, path: 'timezone', message: /no time zone/ },
  { given: { at: 'noon' }, path: 'at', message: /write for example "Mon 08:00"/ },
  { given: { cron: '99 * * * *' }, path: 'cron', message: /no cron pattern/ },
  { given: { cron: '0 8 * * 1', at: 'Mon 08:00' }, path: 'cron', message: /not both/ },
  { given: { sections: ['costs'] }, path: 'sections', message: /changes/ },
  { given: { receivers: [] }, path: 'receivers', message: /1/ },
])('a faulty schedule names the key: $path', ({ given, path, message }) => {
  const checked = reportsConfig.safeParse({ schedules: [{ name: 'weekly', receivers: ['ops'], ...given }] });
  const [issue] = checked.error?.issues ?? [];
  expect(issue?.path.join('.')).toContain(`schedules.0.${path}`);
  expect(issue?.message).toMatch(message);
});

test('two schedules of one name are refused', () => {
  const one = { name: 'weekly', receivers: ['ops'] };
  expect(reportsConfig.safeParse({ schedules: [one, one] }).error?.issues[0]?.message).toMatch(/two schedules/);
});
