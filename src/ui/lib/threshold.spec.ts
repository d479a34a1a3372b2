import { decisiveLines, thresholdNumber, unitOf } from './threshold';

test.each([
  ['5%', 0.05, 'percentunit'],
  ['500ms', 0.5, 's'],
  ['8s', 8, 's'],
  ['> 3', 3, 'none'],
  ['$1_000', 1000, 'currencyUSD'],
  ['soon', undefined, 'none'],
  [undefined, undefined, 'none'],
])('%j is %s in %s', (text, number, unit) => {
  expect(thresholdNumber(text)).toBe(number);
  expect(unitOf(text)).toBe(unit);
});

test('the lines that decide', () => {
  const kind = ['- alert: A', '  errors:', '    above: 5%', '    over: 5m', '  for: 2m', '  labels: {}'];
  expect([...decisiveLines(kind, '5%')]).toEqual([2, 4]);
  const plain = ['- alert: A', '  expr: |', '    a', '      > 1', '  labels: {}'];
  expect([...decisiveLines(plain, '> 1')]).toEqual([1, 2, 3]);
});
