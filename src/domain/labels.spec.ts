import { compareLabels, Labels } from './labels';
import { Matcher, matchesAll } from './matcher';
import { RegexSyntaxError } from './regex';

const labels = Labels.of({ __name__: 'llm_requests_total', model: 'm1', stage: 'inference', empty: '' });

test('a set is sorted, unique and free of empty values', () => {
  expect([...labels]).toEqual([
    ['__name__', 'llm_requests_total'],
    ['model', 'm1'],
    ['stage', 'inference'],
  ]);
  expect(
    Labels.of([
      ['b', '2'],
      ['a', '1'],
      ['b', '3'],
    ]).toRecord(),
  ).toEqual({ a: '1', b: '3' });
  expect(Labels.of({})).toBe(Labels.EMPTY);
});

test('equal sets have equal keys and fingerprints, other sets have not', () => {
  const same = Labels.of([
    ['stage', 'inference'],
    ['model', 'm1'],
    ['__name__', 'llm_requests_total'],
  ]);
  expect([same.equals(labels), same.key === labels.key, same.fingerprint === labels.fingerprint]).toEqual([
    true,
    true,
    true,
  ]);
  expect(Labels.of({ a: 'bc' }).key).not.toBe(Labels.of({ ab: 'c' }).key);
  // Prometheus' fingerprint of the empty set is the offset basis of FNV-1a.
  expect(Labels.EMPTY.fingerprint).toBe('cbf29ce484222325');
});

test('changes make new sets', () => {
  expect(labels.with({ model: '', user: 'u' }).toString()).toBe('llm_requests_total{stage="inference", user="u"}');
  expect(labels.without('model').size).toBe(2);
  expect(labels.only('model').toString()).toBe('{model="m1"}');
  expect(labels.get('model')).toBe('m1');
});

test('order is by name, then value, the shorter first', () => {
  const sets = [{ b: '1' }, { a: '2' }, { a: '1', b: '1' }, { a: '1' }].map((record) => Labels.of(record));
  expect(sets.sort(compareLabels).map(String)).toEqual(['{a="1"}', '{a="1", b="1"}', '{a="2"}', '{b="1"}']);
});

test.each([
  ['=', 'm1', true],
  ['!=', 'm1', false],
  ['=~', 'm.', true],
  ['=~', 'm', false],
  ['=~', 'm1|m2', true],
  ['!~', 'x.*', true],
] as const)('model%s"%s" matches: %s', (operator, value, want) => {
  expect(new Matcher('model', operator, value).matches(labels)).toBe(want);
});

test('an absent label is the empty string', () => {
  expect(matchesAll([new Matcher('user', '=', ''), new Matcher('user', '!~', '.+')], labels)).toBe(true);
});

test('regular expressions are RE2: a dot matches a newline, look-ahead is refused, time is linear', () => {
  expect(new Matcher('a', '=~', 'x.y').matchesValue('x\ny')).toBe(true);
  expect(() => new Matcher('a', '=~', '(?=x)')).toThrow(RegexSyntaxError);
  expect(new Matcher('a', '=~', '(a*)*b').matchesValue('a'.repeat(2000))).toBe(false);
});
