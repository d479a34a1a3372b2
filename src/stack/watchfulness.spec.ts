import { overdueRules } from './watchfulness';

const group = (name: string, interval: number, nextEvaluation?: number) => ({ name, interval, nextEvaluation });

test('a group is overdue after a minute, or after three of its intervals', () => {
  const groups = [group('quick', 1_000, 40_000), group('slow', 60_000, 0), group('new', 1_000)];
  expect(overdueRules(groups, 100_000)).toBeUndefined();
  expect(overdueRules(groups, 100_001)).toBe('rule group quick should have been evaluated at 1970-01-01T00:00:40.000Z');
  expect(overdueRules(groups, 180_001)).toContain('rule group quick and 1 more should');
});
