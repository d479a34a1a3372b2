import fc from 'fast-check';
import { TextFinder } from './text-finder';

test.each([
  ['abc', 'xxabcxx', 2],
  ['abc', 'ababc', 2],
  ['abc', 'ab', -1],
  ['é', 'caf é', 4],
])('%s in %s at %i', (text, where, at) => {
  const bytes = Buffer.from(where);
  expect(new TextFinder([{ text }]).find(bytes, 0, bytes.length)).toBe(at);
});

test('letters of either case, where asked for', () => {
  const finder = new TextFinder([{ text: 'pwd', caseless: true }, { text: 'AKIA' }]);
  const find = (where: string): number => finder.find(Buffer.from(where), 0, where.length);
  expect([find('a PwD'), find('AKIA'), find('akia')]).toEqual([2, 0, -1]);
});

test('a text that is not confirmed does not count, a later one may', () => {
  const finder = new TextFinder([{ text: 'sk-', confirm: /\bsk-\w{4}/ }]);
  const where = Buffer.from(`task-1${' '.repeat(300)}sk-abcd`);
  expect(finder.find(where, 0, where.length)).toBe(306);
});

test('finds what a plain search finds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 40 }),
      (texts, where) => {
        const found = new TextFinder(texts.map((text) => ({ text }))).find(Buffer.from(where), 0, where.length);
        // Of several the one that ends first.
        const ends = texts.map((text) => [where.indexOf(text), text.length] as const).filter(([at]) => at >= 0);
        if (ends.length === 0) return found === -1;
        const end = Math.min(...ends.map(([at, length]) => at + length));
        return (
          ends.some(([at, length]) => at + length === end && at === found) ||
          texts.some((text) => where.slice(found).startsWith(text) && found + text.length === end)
        );
      },
    ),
    { seed: 7, numRuns: 500 },
  );
});
