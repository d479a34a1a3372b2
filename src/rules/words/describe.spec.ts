import { parseExpr } from '../../promql';
import { describeExpr } from './describe';

test.each([
  ['up == 0', 'up equal to 0'],
  [
    'sum by (job) (rate(x_total{code=~"5.."}[5m])) > 1',
    'the sum of the rate per second of x_total where code matches 5.. over 5m, per job above 1',
  ],
  [
    'histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))',
    'p95 of the sum of the rate per second of x_bucket over 5m, per le',
  ],
  ['predict_linear(free[1h], 14400) < 0', 'the value in 4h, by its trend, of free over 1h below 0'],
  ['a and on (x) b', 'a, where there is also b'],
  ['absent(up{job="a"})', 'the absence of up where job is a'],
  ['topk(3, a offset 1d)', 'the 3 largest of a 1d earlier'],
])('%s', (text, want) => {
  expect(describeExpr(parseExpr(text))).toBe(want);
});
