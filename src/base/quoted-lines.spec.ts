import { parseDocument } from 'yaml';
import { withLooseQuotes } from './quoted-lines';

const read = (text: string) =>
  withLooseQuotes(
    text,
    (given) => parseDocument(given, { prettyErrors: false }),
    ({ errors }) => errors,
  ).result;

test.each([
  ['a:\n  b: "one\n  two"\n  c: 3\n', { a: { b: 'one two', c: 3 } }],
  ['a:\n  b: "one\ntwo\n\nthree \\"four\\""\n', { a: { b: 'one two\nthree "four"' } }],
  ["a:\n  - b: 'it''s\nfine'\n  - c: 'x\ny'\n", { a: [{ b: "it's fine" }, { c: 'x y' }] }],
  ['a: "plain"\n', { a: 'plain' }],
])('%j', (text, value) => {
  const document = read(text);
  expect(document.errors).toEqual([]);
  expect(document.toJS()).toEqual(value);
});

test.each(['a:\n  b: "one\n  two\n', 'a:\n  b: "one\n---\n  c: "x"\n', "a: 'one\n"])('%j stays faulty', (text) => {
  expect(read(text).errors.map(({ message }) => message)).toEqual(
    parseDocument(text, { prettyErrors: false }).errors.map(({ message }) => message),
  );
});
