import { readRuleFile } from '../file/read-rule-file';
import type { AlertingRule, Rule } from '../file/rule-file';
import { burnWindows } from './budget';
import { ruleKinds } from './index';
import { parseQuantity } from './quantity';
import type { Unit } from './quantity';

function compile(fields: string, rest = ''): Rule[] {
  const text = `groups:\n- name: g\n  rules:\n  - alert: A\n    ${fields}\n${rest}`;
  const { groups, problems } = readRuleFile('rules.yml', text);
  expect(problems).toEqual([]);
  return [...(groups[0]?.rules ?? [])];
}

const alertOf = (rules: readonly Rule[]): AlertingRule => {
  const found = rules.find((rule): rule is AlertingRule => rule.type === 'alerting');
  if (found === undefined) throw new Error('no alert');
  return found;
};

test.each([...ruleKinds])(
  'the example of $name compiles, with severity, summary and explanation',
  ({ name, example }) => {
    const rules = compile(example);
    for (const rule of rules) {
      expect(rule.kind?.name).toBe(name);
      expect(rule.kind?.explanation).toMatch(/^(Fires|Keeps)/);
      if (rule.type !== 'alerting') continue;
      expect(rule.labels.get('severity')).toMatch(/^(critical|warning|info)$/);
      expect(rule.annotations.map((annotation) => annotation.name)).toEqual(
        expect.arrayContaining(['summary', 'description']),
      );
    }
  },
);

test.each([
  [
    'latency: {percentile: 99, above: 8s, stage: inference}',
    'histogram_quantile(0.99, sum by (le, stage) (rate(telltale_operation_duration_seconds_bucket{stage="inference"}[5m]))) > 8',
  ],
  [
    'latency: {above: 250ms, model: m1, over: 10m}',
    'histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_bucket{gen_ai_request_model="m1"}[10m]))) > 0.25',
  ],
  ['pool: {on: waiters, above: 3, pool: db}', 'sum by (pool) (telltale_pool_waiters{pool="db"}) > 3'],
  ['memory: {on: rss, above: 2GiB}', 'process_resident_memory_bytes > 2147483648'],
  [
    'disk: {above: 85%, where: {path: "!~/tmp.*"}}',
    '(telltale_disk_used_bytes{path!~"/tmp.*"} / telltale_disk_size_bytes{path!~"/tmp.*"}) > 0.85',
  ],
  ['cpu: {on: lag, above: 200ms}', 'nodejs_eventloop_lag_p99_seconds > 0.2'],
  [
    'token_burn: {above: 500k tokens/10m, by: [model]}',
    'sum by (model) (increase(telltale_tokens_total[10m])) > 500000',
  ],
  ['cost: {above: $20/h}', 'sum(increase(telltale_cost_usd_total[1h])) > 20'],
  ['absence: {of: up, over: 5m}', 'absent_over_time(up[5m])'],
  [
    'pool: {on: utilization, above: 90%, no_data: alert}',
    '((sum by (pool) (telltale_pool_in_use) / sum by (pool) (telltale_pool_limit)) > 0.9) or absent(telltale_pool_size)',
  ],
  [
    'latency: {above: 1s, on: x_seconds, by: [model], thresholds: [{match: {model: big}, above: 5s}]}',
    '(histogram_quantile(0.95, sum by (le, model) (rate(x_seconds_bucket[5m]))) > on (model) group_left () (label_replace(vector(5), "model", "big", "", ""))) or ((histogram_quantile(0.95, sum by (le, model) (rate(x_seconds_bucket[5m]))) unless on (model) (label_replace(vector(5), "model", "big", "", ""))) > 1)',
  ],
])('%s', (fields, want) => {
  expect(alertOf(compile(fields)).expr).toBe(want);
});

test('the rule has the last word on for, labels and annotations', () => {
  const rule = alertOf(
    compile(
      'pool: {severity: info}',
      '    for: 7m\n    labels: {severity: critical, team: a}\n    annotations: {summary: mine}\n',
    ),
  );
  expect([rule.holdFor, rule.labels.get('severity'), rule.labels.get('team')]).toEqual([420_000, 'critical', 'a']);
  expect(rule.annotations.find(({ name }) => name === 'summary')?.template.text).toBe('mine');
  expect(rule.annotations.some(({ name }) => name === 'description')).toBe(true);
});

test('billed and theoretical cost are kept apart', () => {
  const of = (basis: string): AlertingRule => alertOf(compile(`cost: {above: $20/h, basis: ${basis}}`));
  expect(of('billed').expr).toContain('claude_code_cost_usage_USD_total');
  expect(of('theoretical').expr).toContain('telltale_cost_usd_total');
  expect(of('billed').labels.get('cost_basis')).toBe('billed');
});

test('the windows of 30 days are those of the SRE workbook', () => {
  const hours = burnWindows(30 * 86_400_000).map(({ long, short, share, severity }) => [
    long / 3_600_000,
    short / 60_000,
    Number(((share * 720) / (long / 3_600_000)).toFixed(6)),
    severity,
  ]);
  expect(hours).toEqual([
    [1, 5, 14.4, 'critical'],
    [6, 30, 6, 'critical'],
    [24, 120, 3, 'warning'],
    [72, 360, 1, 'warning'],
  ]);
});

test.each<[string | number, Unit, number | undefined, number | undefined]>([
  ['8s', 'seconds', 8, undefined],
  ['250ms', 'seconds', 0.25, undefined],
  ['1.5s', 'seconds', 1.5, undefined],
  ['1m30s', 'seconds', 90, undefined],
  [2, 'seconds', 2, undefined],
  ['85%', 'ratio', 0.85, undefined],
  ['0.1', 'ratio', 0.1, undefined],
  ['2GiB', 'bytes', 2_147_483_648, undefined],
  ['100 MB', 'bytes', 1e8, undefined],
  ['100MiB/h', 'bytes', 104_857_600, 3_600_000],
  ['$20/h', 'usd', 20, 3_600_000],
  ['$1.5k/month', 'usd', 1500, 2_592_000_000],
  ['500k tokens/10m', 'tokens', 500_000, 600_000],
  ['50M/30d', 'tokens', 5e7, 2_592_000_000],
  ['8 apples', 'seconds', undefined, undefined],
  ['2GiB', 'seconds', undefined, undefined],
  ['$20/never', 'usd', undefined, undefined],
])('%s as %s', (text, unit, value, per) => {
  const parsed = parseQuantity(text, unit);
  expect([parsed?.value, parsed?.per]).toEqual([value, per]);
});
