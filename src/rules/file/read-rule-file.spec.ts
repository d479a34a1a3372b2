import { badRuleFiles, goodRuleFiles } from '../testing/rule-file-corpus';
import { lintRules } from '../lint/lint-rules';
import { readRuleFile } from './read-rule-file';

test.each(badRuleFiles)('$name: $code', ({ text, code, at }) => {
  const errors = readRuleFile('rules.yml', text).problems.filter(({ severity }) => severity === 'error');
  expect(errors[0]?.code).toBe(code);
  expect(errors).toHaveLength(1);
  if (at !== undefined) expect([errors[0]?.line, errors[0]?.column]).toEqual(at);
  expect(errors[0]?.line).toBeGreaterThan(0);
});

test.each(goodRuleFiles)('$name can be used', ({ text }) => {
  expect(readRuleFile('rules.yml', text).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('every problem of a file is found, in place', () => {
  const { problems } = readRuleFile(
    'rules.yml',
    'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up ==\n    for: soon\n  - expr: sum(\n',
  );
  expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
    '6 bad-duration',
    '5 expr-syntax',
    '7 no-name',
    '7 expr-syntax',
  ]);
});

const rule = (text: string): string => `groups:\n- name: g\n  rules:\n  - alert: A\n${text}`;
const complete = '    for: 5m\n    labels: {severity: info}\n    annotations: {summary: s}\n';

test.each([
  ['rate over a gauge', 'rate(process_resident_memory_bytes[5m]) > 0', 'rate-over-gauge'],
  ['delta over a counter', 'delta(telltale_operations_total[5m]) > 0', 'delta-over-counter'],
  ['a window too short', 'rate(x_total[20s]) > 0', 'short-window'],
  ['an unknown metric', 'telltale_operation_total > 0', 'unknown-metric'],
  ['matchers that exclude each other', 'up{job="a", job="b"} == 0', 'matcher-never-matches'],
  ['matchers that exclude each other by a pattern', 'up{job="a", job=~"b.*"} == 0', 'matcher-never-matches'],
  ['no comparison', 'sum(rate(x_total[5m]))', 'always-fires'],
  ['bool', 'up == bool 0', 'always-fires'],
  ['a constant', 'vector(5)', 'always-fires'],
  ['a count that is never zero', 'count(up) == 0', 'never-fires'],
  ['an experimental function', 'mad_over_time(x[5m]) > 0', 'experimental-function'],
  ['a range as the result', 'up[5m]', 'result-type'],
])('lint: %s', (_name, expr, code) => {
  const file = readRuleFile('rules.yml', rule(`    expr: ${JSON.stringify(expr)}\n${complete}`));
  expect(file.problems).toEqual([]);
  const findings = lintRules([file]);
  expect(findings.map((finding) => finding.code)).toContain(code);
  expect(findings.every(({ severity, line }) => severity === 'warning' && line === 5)).toBe(true);
});

test.each([
  ['nothing but an expression', '    expr: up == 0\n', ['missing-for', 'missing-severity', 'missing-summary']],
  [
    'a label that the results never have',
    '    expr: sum by (job) (up) == 0\n    for: 1m\n    labels: {severity: info}\n    annotations: {summary: "{{ $labels.job }} {{ $labels.instance }}"}\n',
    ['label-never-present'],
  ],
  ['a sound rule', `    expr: sum by (job) (up) == 0\n${complete}`, []],
])('lint: %s', (_name, text, codes) => {
  expect(lintRules([readRuleFile('rules.yml', rule(text))]).map(({ code }) => code)).toEqual(codes);
});

test('lint: the same rule twice', () => {
  const text = rule(`    expr: up == 0\n${complete}`);
  const twice = lintRules([readRuleFile('a.yml', text), readRuleFile('b.yml', text)]);
  expect(twice.map(({ file, code, message }) => [file, code, message])).toEqual([
    ['b.yml', 'duplicate-rule', 'the same rule stands at a.yml:4 already'],
  ]);
});
