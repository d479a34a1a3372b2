import { readRuleFile } from '../file/read-rule-file';
import type { AlertingRule } from '../file/rule-file';
import { proposePatch } from './propose-patch';

const text = `groups:
  - name: g
    rules:
      - alert: Plain
        expr: a > 5 and b > 1
        for: 2m
        labels: { severity: info }
      - alert: Kind
        latency:
          above: 8s # people wait
          stage: inference
      - alert: Twice
        expr: a > 5 and b > 5
      - alert: Folded
        expr: |
          sum(rate(errors_total[5m]))
            >= 0.05
        labels: { severity: info }
`;

function ruleOf(name: string): AlertingRule {
  for (const rule of readRuleFile('r.yml', text).groups.flatMap(({ rules }) => rules)) {
    if (rule.type === 'alerting' && rule.name === name) return rule;
  }
  throw new Error(`no rule ${name}`);
}

const changes = (patch: string | undefined): string[] | undefined =>
  patch?.split('\n').filter((line) => /^[-+@]/.test(line) && !/^(?:---|\+\+\+)/.test(line));

test.each([
  [
    'Plain',
    7.5,
    300_000,
    [
      '@@ -3,6 +3,6 @@',
      '-        expr: a > 5 and b > 1',
      '+        expr: a > 7.5 and b > 1',
      '-        for: 2m',
      '+        for: 5m',
    ],
  ],
  ['Plain', 5, 120_000, undefined],
  [
    'Kind',
    10,
    120_000,
    ['@@ -8,5 +8,5 @@', '-          above: 8s # people wait', '+          above: 10s # people wait'],
  ],
  ['Folded', 0.1, 60_000, ['@@ -13,7 +13,8 @@', '+        for: 1m', '-            >= 0.05', '+            >= 0.1']],
  ['Twice', 6, 0, undefined],
])('%s: threshold %d, hold %d', (name, threshold, holdFor, want) => {
  expect(changes(proposePatch('r.yml', text, ruleOf(name), { threshold, holdFor }))).toEqual(want);
});
