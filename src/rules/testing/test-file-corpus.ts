/** A file of rule tests, and whether it passes. */
export interface TestCorpusFile {
  readonly name: string;
  readonly text: string;
}

/** The rules that the tests below are about; they stand in rules.yml. */
export const testedRules = `groups:
- name: first
  rules:
  - alert: Down
    expr: up == 0
    for: 5m
    labels: {severity: page}
    annotations:
      summary: "{{ $labels.instance }} down: {{ $value }} {{ $externalLabels.cluster }} {{ $externalURL }}"
  - alert: Kept
    expr: up == 0
    keep_firing_for: 5m
  - record: up:sum
    expr: sum by (job) (up)
    labels: {team: a}
- name: second
  rules:
  - record: up:sum:double
    expr: up:sum * 2
  - alert: Broken
    expr: errors_total > 0
    annotations: {summary: "{{ if gt $value 1 }}x{{ end }}"}
  - alert: Emptied
    expr: up == 0
    labels: {team: "{{ $labels.none }}"}
    annotations: {summary: "{{ $labels.none }}"}
  - alert: Histogram
    expr: sizes
    annotations: {summary: "{{ $value }}", description: "{{ lt $value 1.0 }}"}
`;

const file = (tests: string, head = ''): string =>
  `rule_files: [rules.yml]\nevaluation_interval: 1m\n${head}tests:\n${tests}`;
const UP = '  input_series:\n  - series: \'up{job="j", instance="i"}\'\n    values: 0x20\n';

/** Tests that fail or cannot be read. */
export const badTestFiles: readonly TestCorpusFile[] = [
  { name: 'not YAML', text: 'tests: [' },
  {
    name: 'an annotation that turns out empty is one all the same',
    text: file(
      `-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 1m, alertname: Emptied, exp_alerts: [{exp_labels: {job: j, instance: i}}]}\n`,
    ),
  },
  {
    name: 'a label that turns out empty is none',
    text: file(
      `-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 1m, alertname: Emptied, exp_alerts: [{exp_labels: {job: j, instance: i, team: ''}, exp_annotations: {summary: ''}}]}\n`,
    ),
  },
  {
    name: 'an expected alert that is null',
    text: file(`-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 1m, alertname: Down, exp_alerts: [null]}\n`),
  },
  {
    name: 'a value that is a text',
    text: file(
      "- promql_expr_test:\n  - {expr: 'vector(1)', eval_time: 1m, exp_samples: [{labels: '{}', value: '1'}]}\n",
    ),
  },
  { name: 'an unknown key', text: file('', 'evaluate: 1m\n') },
  { name: 'an unknown key of a test', text: file(`- interval: 1m\n  series: []\n`) },
  { name: 'a repeated group in the order', text: file('', 'group_eval_order: [a, b, a]\n') },
  { name: 'an interval that is none', text: file('- interval: fast\n') },
  { name: 'a series that does not parse', text: file("- input_series:\n  - {series: 'up{', values: '1'}\n") },
  { name: 'values that do not parse', text: file("- input_series:\n  - {series: 'up', values: '1 b 3'}\n") },
  { name: 'an alert test without a name', text: file('- alert_rule_test:\n  - eval_time: 1m\n') },
  {
    name: 'an alert that is not expected',
    text: file(`-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 10m, alertname: Down}\n`),
  },
  {
    name: 'an alert that is expected too early',
    text: file(`-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 1m, alertname: Down, exp_alerts: [{}]}\n`),
  },
  {
    name: 'a missing label',
    text: file(
      `-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 1m, alertname: Kept, exp_alerts: [{exp_labels: {job: j}}]}\n`,
    ),
  },
  {
    name: 'a missing annotation',
    text: file(
      `-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 10m, alertname: Down, exp_alerts: [{exp_labels: {job: j, instance: i, severity: page}}]}\n`,
    ),
  },
  {
    name: 'an expression that does not parse',
    text: file('- promql_expr_test:\n  - {expr: "up ==", eval_time: 1m}\n'),
  },
  { name: 'an expression of type matrix', text: file('- promql_expr_test:\n  - {expr: "up[5m]", eval_time: 1m}\n') },
  {
    name: 'a wrong value',
    text: file("- promql_expr_test:\n  - {expr: '1 + 1', eval_time: 1m, exp_samples: [{value: 3}]}\n"),
  },
  {
    name: 'a sample too few',
    text: file(`-${UP.slice(1)}  promql_expr_test:\n  - {expr: up, eval_time: 1m, exp_samples: []}\n`),
  },
  {
    name: 'labels that do not parse',
    text: file("- promql_expr_test:\n  - {expr: '1', eval_time: 1m, exp_samples: [{labels: '{a=', value: 1}]}\n"),
  },
  {
    name: 'NaN equals nothing',
    text: file(
      "- promql_expr_test:\n  - {expr: 'vector(NaN)', eval_time: 1m, exp_samples: [{labels: '{}', value: .NaN}]}\n",
    ),
  },
  {
    name: 'one ulp off without fuzzy_compare',
    text: file(
      "- promql_expr_test:\n  - {expr: 'vector(0.1+0.2)', eval_time: 1m, exp_samples: [{labels: '{}', value: 0.3}]}\n",
    ),
  },
  {
    name: 'a rule that fails',
    text: file(
      '- input_series:\n  - {series: \'up{job="j"}\', values: 0x5}\n  - {series: \'up{job="j", severity="page"}\', values: 0x5}\n  promql_expr_test:\n  - {expr: up, eval_time: 5m}\n',
    ),
  },
  {
    name: 'a duration without a unit',
    text: file("- promql_expr_test:\n  - {expr: '1', eval_time: 5, exp_samples: [{value: 1}]}\n"),
  },
  {
    name: 'samples after the last evaluation are not there',
    text: file(
      "- interval: 30s\n  input_series:\n  - {series: a, values: '1 2'}\n  promql_expr_test:\n  - {expr: a, eval_time: 30s, exp_samples: [{labels: a, value: 2}]}\n",
    ),
  },
  { name: 'a rule file that is broken', text: 'rule_files: [some.test.yml]\ntests:\n- interval: 1m\n' },
];

/** Tests that pass. */
export const goodTestFiles: readonly TestCorpusFile[] = [
  { name: 'nothing', text: '' },
  { name: 'no tests', text: file('') },
  { name: 'a rule file that is not there', text: 'rule_files: [nope-*.yml]\ntests:\n- interval: 1m\n' },
  {
    name: 'a firing alert with everything',
    text: file(
      `-${UP.slice(1)}  external_labels: {cluster: c}\n  external_url: http://x\n  alert_rule_test:\n  - eval_time: 5m\n    alertname: Down\n    exp_alerts:\n    - exp_labels: {job: j, instance: i, severity: page}\n      exp_annotations: {summary: "i down: 0 c http://x"}\n  - {eval_time: 4m59s, alertname: Down, exp_alerts: []}\n`,
    ),
  },
  {
    name: 'an alert that is kept firing',
    text: file(
      "- input_series:\n  - {series: 'up{job=\"j\"}', values: '0 0 1x20'}\n  alert_rule_test:\n  - {eval_time: 6m, alertname: Kept, exp_alerts: [{exp_labels: {job: j}}]}\n  - {eval_time: 7m, alertname: Kept, exp_alerts: []}\n",
    ),
  },
  {
    name: 'recorded series over two groups',
    text: file(
      `-${UP.slice(1).replace('0x20', '1x20')}  promql_expr_test:\n  - {expr: 'up:sum:double', eval_time: 5m, exp_samples: [{labels: 'up:sum:double{job="j", team="a"}', value: 2}]}\n`,
      'group_eval_order: [first, second]\n',
    ),
  },
  {
    name: 'the series ALERTS',
    text: file(
      `-${UP.slice(1)}  promql_expr_test:\n  - expr: ALERTS{alertname="Down"}\n    eval_time: 6m\n    exp_samples:\n    - {labels: 'ALERTS{alertname="Down", alertstate="firing", instance="i", job="j", severity="page"}', value: 1}\n  - {expr: 'ALERTS_FOR_STATE{alertname="Down"}', eval_time: 6m, exp_samples: [{labels: 'ALERTS_FOR_STATE{alertname="Down", instance="i", job="j", severity="page"}', value: 0}]}\n`,
    ),
  },
  {
    name: 'values of all forms',
    text: file(
      "- input_series:\n  - {series: a, values: '1+2x3 _ stale -1-1x2 _x2 Inf 1e3 .5 3x2'}\n  promql_expr_test:\n  - {expr: 'count_over_time(a[30m])', eval_time: 25m, exp_samples: [{labels: '{}', value: 13}]}\n  - {expr: 'sum_over_time(a[3m])', eval_time: 3m, exp_samples: [{labels: '{}', value: 15}]}\n  - {expr: a, eval_time: 5m, exp_samples: []}\n",
    ),
  },
  {
    name: 'native histograms',
    text: file(
      "- input_series:\n  - {series: h, values: '{{schema:0 sum:5 count:4 buckets:[1 2 1]}}+{{sum:1 count:1 buckets:[1]}}x5'}\n  promql_expr_test:\n  - {expr: h, eval_time: 0m, exp_samples: [{labels: h, histogram: '{{schema:0 sum:5 count:4 buckets:[1 2 1]}}'}]}\n  - {expr: 'histogram_count(h)', eval_time: 5m, exp_samples: [{labels: '{}', value: 9}]}\n",
    ),
  },
  {
    name: 'a start',
    text: file('- start_at: x\n').replace(
      '- start_at: x',
      "- input_series:\n  - {series: a, values: '1 2 3'}\n  promql_expr_test:\n  - {expr: 'timestamp(a)', eval_time: 2m, exp_samples: [{labels: '{}', value: 120}]}",
    ),
  },
  {
    name: 'one ulp off with fuzzy_compare',
    text: file(
      "- promql_expr_test:\n  - {expr: 'vector(0.1+0.2)', eval_time: 1m, exp_samples: [{labels: '{}', value: 0.3}]}\n",
      'fuzzy_compare: true\n',
    ),
  },
  {
    name: 'subqueries step by the evaluation interval',
    text: "rule_files: [rules.yml]\nevaluation_interval: 30s\ntests:\n- interval: 30s\n  input_series:\n  - {series: a, values: '1x20'}\n  promql_expr_test:\n  - {expr: 'count_over_time(a[5m:])', eval_time: 5m, exp_samples: [{labels: '{}', value: 10}]}\n",
  },
  {
    name: 'a template that fails does not fail the test',
    text: file(
      '- input_series:\n  - {series: errors_total, values: 1x5}\n  alert_rule_test:\n  - eval_time: 1m\n    alertname: Broken\n    exp_alerts:\n    - exp_annotations: {summary: \'<error expanding template: error executing template __alert_Broken: template: __alert_Broken:1:118: executing "__alert_Broken" at <gt $value 1>: error calling gt: incompatible types for comparison: float64 and int>\'}\n',
    ),
  },
  {
    name: 'texts that turn out empty',
    text: file(
      `-${UP.slice(1)}  alert_rule_test:\n  - {eval_time: 1m, alertname: Emptied, exp_alerts: [{exp_labels: {job: j, instance: i}, exp_annotations: {summary: ''}}]}\n`,
    ),
  },
  {
    name: 'a native histogram in a template',
    text: file(
      `- input_series:\n  - {series: sizes, values: '{{schema:0 sum:2 count:6 buckets:[1 2 3]}}'}\n  alert_rule_test:\n  - eval_time: 0s\n    alertname: Histogram\n    exp_alerts:\n    - exp_annotations:\n        summary: '{count:6, sum:2, (0.5,1]:1, (1,2]:2, (2,4]:3}'\n        description: '<error expanding template: error executing template __alert_Histogram: template: __alert_Histogram:1:115: executing "__alert_Histogram" at <lt $value 1.0>: error calling lt: invalid type for comparison>'\n`,
    ),
  },
];
