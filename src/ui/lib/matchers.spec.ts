import { matcherMeets, matchersOf, matcherText, parseMatchers } from './matchers';

test.each([
  ['{a="b"}', ['a="b"']],
  ['a="b", c!~"d|e"', ['a="b"', 'c!~"d|e"']],
  ['{ a =~ "x\\"y" , }', ['a=~"x\\"y"']],
  ['{a!="line\\nbreak"}', ['a!="line\\nbreak"']],
])('%s is read', (text, want) => expect(parseMatchers(text)?.map(matcherText)).toEqual(want));

test.each(['', '{}', 'a=b', '{a="b" c="d"}', '{a="b}', '<img>'])('%j is refused', (text) =>
  expect(parseMatchers(text)).toBeUndefined(),
);

test.each([
  ['{a="b"}', true],
  ['{a!="b"}', false],
  ['{a=~"b|c"}', true],
  ['{a=~"bb"}', false],
  ['{missing=""}', true],
  ['{missing!~".+"}', true],
  ['{a=~"("}', false],
])('%s meets {a="b"}: %s', (text, want) => {
  expect(parseMatchers(text)?.every((matcher) => matcherMeets(matcher, { a: 'b' }))).toBe(want);
});

test('labels as matchers are read back', () => {
  const labels = { a: 'say "x" \\ \n', b: '' };
  expect(parseMatchers(matchersOf(labels))?.map(({ name, value }) => [name, value])).toEqual(Object.entries(labels));
});
