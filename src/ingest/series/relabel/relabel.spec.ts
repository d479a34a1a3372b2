import { Labels } from '../../../domain/labels';
import { relabeller } from './relabel';
import { relabelRuleConfig } from './relabel.config';

const LABELS = { a: 'foo', b: 'bar', c: 'baz' };

// Expected values are those of Prometheus' documentation of its rules.
test.each([
  {
    name: 'replace takes groups of the joined values',
    rules: [{ source_labels: ['a', 'b'], regex: 'f(.*);(.*)r', target_label: 'd', replacement: 'ch${1}-ch${1}' }],
    want: { ...LABELS, d: 'choo-choo' },
  },
  {
    name: 'replace without a match changes nothing',
    rules: [{ source_labels: ['a'], regex: '.*o.*o.*o', target_label: 'd', replacement: 'x' }],
    want: LABELS,
  },
  {
    name: 'replace without sources sets a constant',
    rules: [{ target_label: 'd', replacement: 'x' }],
    want: { ...LABELS, d: 'x' },
  },
  {
    name: 'an empty value removes the label',
    rules: [{ source_labels: ['missing'], target_label: 'a' }],
    want: { b: 'bar', c: 'baz' },
  },
  {
    name: 'the target may come from the match',
    rules: [{ source_labels: ['a'], regex: '(f)(o+)', target_label: '${1}_$2', replacement: '$2' }],
    want: { ...LABELS, f_oo: 'oo' },
  },
  { name: 'drop', rules: [{ source_labels: ['a'], regex: '.*o.*', action: 'drop' }], want: undefined },
  { name: 'drop must match as a whole', rules: [{ source_labels: ['a'], regex: 'o', action: 'drop' }], want: LABELS },
  { name: 'keep', rules: [{ source_labels: ['a'], regex: 'f.*', action: 'keep' }], want: LABELS },
  { name: 'keep drops the others', rules: [{ source_labels: ['a'], regex: 'b.*', action: 'keep' }], want: undefined },
  { name: 'keepequal', rules: [{ source_labels: ['a'], target_label: 'b', action: 'keepequal' }], want: undefined },
  { name: 'dropequal', rules: [{ source_labels: ['a'], target_label: 'b', action: 'dropequal' }], want: LABELS },
  {
    name: 'hashmod of a value',
    rules: [{ source_labels: ['c'], target_label: 'd', action: 'hashmod', modulus: 1000 }],
    want: { ...LABELS, d: '976' },
  },
  {
    name: 'hashmod of a text with a line break',
    rules: [
      { target_label: 'a', replacement: 'foo\nbar' },
      { source_labels: ['a'], target_label: 'b', action: 'hashmod', modulus: 1000 },
    ],
    want: { a: 'foo\nbar', b: '734', c: 'baz' },
  },
  {
    name: 'labelmap copies',
    rules: [{ regex: '(b.*)', replacement: 'bar_${1}', action: 'labelmap' }],
    want: { ...LABELS, bar_b: 'bar' },
  },
  { name: 'labeldrop', rules: [{ regex: '[ab]', action: 'labeldrop' }], want: { c: 'baz' } },
  { name: 'labelkeep', rules: [{ regex: '[ab]', action: 'labelkeep' }], want: { a: 'foo', b: 'bar' } },
  {
    name: 'upper and lower case, actions in any case',
    rules: [
      { source_labels: ['a'], target_label: 'u', action: 'UpperCase' },
      { source_labels: ['u'], target_label: 'l', action: 'lowercase' },
    ],
    want: { ...LABELS, u: 'FOO', l: 'foo' },
  },
])('$name', ({ rules, want }) => {
  const made = relabeller(rules.map((rule) => relabelRuleConfig.parse(rule)))(Labels.of(LABELS));
  expect(made?.toRecord()).toEqual(want);
});

test.each([
  { rule: { action: 'replace' }, says: 'action replace needs target_label' },
  { rule: { action: 'hashmod', target_label: 'a' }, says: 'action hashmod needs a modulus greater than 0' },
  { rule: { action: 'labeldrop', source_labels: ['a'] }, says: 'action labeldrop takes regex only' },
  { rule: { action: 'keepequal', target_label: 'a', regex: 'x' }, says: 'takes source_labels and target_label only' },
  { rule: { action: 'lowercase', target_label: 'a', replacement: 'x' }, says: 'action lowercase takes no replacement' },
  { rule: { action: 'keep', regex: '(' }, says: 'not a regular expression' },
  { rule: { action: 'burn' }, says: 'Invalid option' },
])('$rule is refused', ({ rule, says }) => {
  expect(relabelRuleConfig.safeParse(rule).error?.message).toContain(says);
});
