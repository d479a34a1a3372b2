import { parseExpr } from '../../promql';
import { conditionOf } from './condition';

test.each([
  ['up == 0', ['up', 'up', '==', 0]],
  ['(rate(a[5m])) > -0.5', ['(rate(a[5m]))', '(rate(a[5m]))', '>', -0.5]],
  ['5 * 60 < time() - b', ['time() - b', 'time() - b', '>', 300]],
  ['a > 2 ^ 10 and on (job) b > 3', ['a', 'a and on (job) b > 3', '>', 1024]],
  ['a - b >= 1 and c > 0 unless d', ['a - b', '((a - b) and c > 0) unless d', '>=', 1]],
])('%s', (text, want) => {
  const found = conditionOf({ ast: parseExpr(text) });
  expect([found?.measured, found?.guarded, found?.operator, found?.threshold]).toEqual(want);
});

test.each(['up', 'a > b', 'a > bool 1', 'a > 1 or b > 2', 'absent(up)'])('%s has no threshold of its own', (text) => {
  expect(conditionOf({ ast: parseExpr(text) })).toBeUndefined();
});
