import { complete, conditionAt, quoteValue } from './condition-text';

/** `|` is the caret. */
const at = (marked: string) => {
  const caret = marked.indexOf('|');
  return { text: marked.replace('|', ''), found: conditionAt(marked.replace('|', ''), caret) };
};

test.each([
  ['|', 'key', '', ''],
  ['gen|', 'key', '', 'gen'],
  ['-gen|', 'key', '', 'gen'],
  ['a=b |', 'key', '', ''],
  ['a=b c|', 'key', '', 'c'],
  ['a=|', 'value', 'a', ''],
  ['a=b|', 'value', 'a', 'b'],
  ['a!=b|', 'value', 'a', 'b'],
  ['-a~b|', 'value', 'a', 'b'],
  ['a="b c|', 'value', 'a', 'b c'],
  ['a="b c"| d=e', 'value', 'a', 'b c'],
  ['a=b| c=d', 'value', 'a', 'b'],
  ['a=b c|c=d', 'key', '', 'cc'],
])('%s completes a %s', (marked, kind, key, part) => {
  expect(at(marked).found).toMatchObject({ kind, key, part });
});

test.each([
  ['gen|', 'gen_ai.request.model', 'gen_ai.request.model='],
  ['a=b -gen| c=d', 'gen_ai.x', 'a=b -gen_ai.x= c=d'],
  ['ge|=x', 'gen', 'gen=x'],
  ['a=|', 'two words', 'a="two words" '],
  ['a=b| c=d', 'bb', 'a=bb c=d'],
  ['a="b c|"', 'say "x"', 'a="say \\"x\\"" '],
])('%s with %s', (marked, chosen, want) => {
  const { text, found } = at(marked);
  expect(complete(text, found, chosen).text).toBe(want);
});

test('values are quoted where they must be', () => {
  expect(['a', 'a b', 'a"b', '', 'a\\b'].map(quoteValue)).toEqual(['a', '"a b"', '"a\\"b"', '""', '"a\\\\b"']);
});

test('any text and caret end', () => {
  for (const text of ['"', '="', '!!!', 'a=b"c', ' - = " '])
    for (let i = 0; i <= text.length; i++) conditionAt(text, i);
});
