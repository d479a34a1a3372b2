import type { SpanReader, TraceSummary } from '../../storage';
import { oldestSpan } from './oldest-span';

const NOW = 1_780_272_000_000;

const storeSince = (oldest: number | undefined): Pick<SpanReader, 'search'> => ({
  search: ({ end }) => Promise.resolve(oldest !== undefined && end >= oldest ? [{} as TraceSummary] : []),
});

test.each([1, 1000, 59_000, 3_600_000, 3_600_001, 86_400_000 * 3.7, 86_400_000 * 400])(
  'spans since %d ms are found to a minute',
  async (age) => {
    const found = (await oldestSpan(storeSince(NOW - age), NOW)) ?? NaN;
    expect(found).toBeLessThanOrEqual(NOW - age);
    expect(found).toBeGreaterThanOrEqual(NOW - age - 60_000);
  },
);

test('an empty store has no oldest span', async () => {
  expect(await oldestSpan(storeSince(undefined), NOW)).toBeUndefined();
});
