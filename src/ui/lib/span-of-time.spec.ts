import { parseSpan } from './span-of-time';

test.each([
  ['90m', 5_400_000],
  ['1d12h', 129_600_000],
  ['2w', 1_209_600_000],
  ['250ms', 250],
  ['', undefined],
  ['2', undefined],
  ['2 h', undefined],
  ['h', undefined],
])('%j', (text, want) => expect(parseSpan(text)).toBe(want));
