import { formatSeconds, formatUsd, formatValue } from './format';

test.each([
  [0, '0 s'],
  [4e-8, '40 ns'],
  [5e-6, '5 µs'],
  [0.0012, '1.2 ms'],
  [0.9996, '1,000 ms'],
  [3.4, '3.4 s'],
  [125, '2m 05s'],
  [-125, '-2m 05s'],
  [7200, '2h'],
  [97_200, '1d 3h'],
])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

test.each([
  [0, '$0.00'],
  [0.0009, '$0.0009'],
  [0.5, '$0.50'],
  [-12.3, '-$12.30'],
  [1234.5, '$1,234.50'],
])('%d dollars are %s', (value, text) => expect(formatUsd(value)).toBe(text));

test.each([
  [999.4, 'short', '999'],
  [1234, 'short', '1,234'],
  [12_345, 'short', '12.3k'],
  [0.12345, 'short', '0.123'],
  [-0.0001, 'none', '0'],
  [0.0421, 'percentunit', '4.21%'],
  [1536, 'bytes', '1.5 KiB'],
  [2_500_000, 'tokens', '2.5M'],
  [Number.NaN, 'short', '–'],
  [Infinity, 's', '+∞'],
])('%d in %s is %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));
