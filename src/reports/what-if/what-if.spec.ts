import { bundledPrices } from '../../pricing';
import { Pricer } from '../pricing/pricer';
import { generateWeek } from '../testing/assistant-week';
import { budgetOutlook } from './budget';
import { whatIf } from './what-if';

const week = generateWeek({ seed: 11, days: 3 });
const pricer = new Pricer(bundledPrices);
const main = 'claude-sonnet-4-5';
const listPrice = week.calls.reduce((sum, row) => {
  const outcome = bundledPrices.price(row.usage, row.provider, row.responseModel, row.at);
  return sum + (outcome.known ? outcome.price.usd : 0);
}, 0);

test('what is not changed costs what the price list says', () => {
  const { total, unpriced } = whatIf(week.calls, {}, pricer);
  expect(total.before / listPrice).toBeCloseTo(1, 9);
  expect(total.after).toBe(total.before);
  expect(unpriced).toBe(0);
});

test('another model at the same tokens: a third of the price for the calls that move, the others as they were', () => {
  const { byModel } = whatIf(week.calls, { model: 'claude-haiku-4-5', of: main }, pricer);
  const moved = byModel.find(({ name }) => name === main);
  const kept = byModel.find(({ name }) => name === 'claude-haiku-4-5');
  expect((moved?.after ?? 0) / (moved?.before ?? 1)).toBeCloseTo(1 / 3, 6);
  expect(kept?.after).toBe(kept?.before);
});

test('a longer cache lifetime costs more on every write, none at all costs most', () => {
  const cost = (cache: '5m' | '1h' | 'none'): number => whatIf(week.calls, { cache, of: main }, pricer).total.after;
  expect(cost('5m')).toBeCloseTo(listPrice, 0);
  expect(cost('1h')).toBeGreaterThan(cost('5m'));
  expect(cost('none')).toBeGreaterThan(cost('1h'));
});

test('the batch tier is half the price, an unknown tier leaves prices unknown and says so', () => {
  const { total } = whatIf(week.calls, { tier: 'batch' }, pricer);
  expect(total.after / total.before).toBeCloseTo(0.5, 9);
  const unknown = whatIf(week.calls, { tier: 'warp' }, pricer);
  expect(unknown.total.calls).toBe(0);
  expect(unknown.notes.join()).toContain('no known price');
});

test('a budget spent evenly ends when it must; one that is gone is gone', () => {
  const hour = 3_600_000;
  const [like] = week.calls;
  if (like === undefined) throw new Error('the week is empty');
  const calls = Array.from({ length: 72 }, (_, index) => ({ ...like, id: String(index), at: index * hour }));
  const outlook = budgetOutlook(calls, () => 1, { start: 0, now: 72 * hour, budgetUsd: 100 });
  expect(outlook).toMatchObject({ spentUsd: 72, leftUsd: 28 });
  expect(Math.abs((outlook.expected ?? 0) - 100 * hour)).toBeLessThanOrEqual(hour);
  expect(budgetOutlook(calls, () => 1, { start: 0, now: 72 * hour, budgetUsd: 50 })).toMatchObject({
    leftUsd: -22,
    expected: 72 * hour,
  });
});
