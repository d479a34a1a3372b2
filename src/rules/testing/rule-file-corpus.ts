/** A rule file, and what must be said about it. */
export interface CorpusFile {
  readonly name: string;
  readonly text: string;
  /** The code of the first error; undefined for a file that can be used. */
  readonly code: string | undefined;
  /** Where the first error is: line and column from 1. */
  readonly at?: readonly [line: number, column: number];
  /** Prometheus has no say: the file uses what only we know. */
  readonly own?: true;
}

const inGroup = (rule: string): string => `groups:\n- name: g\n  rules:\n${rule}`;
const alert = (extra: string): string => inGroup(`  - alert: A\n    expr: up == 0\n${extra}`);
const kind = (fields: string): string => inGroup(`  - alert: A\n    ${fields}\n`);

/** Rule files that cannot be used, one fault each. */
export const badRuleFiles: readonly CorpusFile[] = [
  { name: 'not YAML: an unclosed list', text: 'groups: [', code: 'yaml-syntax', at: [1, 10] },
  { name: 'not YAML: a tab', text: 'groups:\n\t- name: g\n', code: 'yaml-syntax' },
  { name: 'not YAML: an unclosed quote', text: 'groups:\n- name: "g\n', code: 'yaml-syntax' },
  { name: 'not YAML: two colons', text: 'groups:\n- name: g: h\n', code: 'yaml-syntax' },
  { name: 'an alias without an anchor', text: 'groups:\n- name: g\n  rules: *rules\n', code: 'yaml-alias' },
  { name: 'a repeated key', text: 'groups:\n- name: g\n  name: h\n', code: 'duplicate-key', at: [3, 3] },
  { name: 'a list at the top', text: '- name: g\n', code: 'wrong-type', at: [1, 1] },
  { name: 'a text at the top', text: 'rules\n', code: 'wrong-type', at: [1, 1] },
  { name: 'an unknown key at the top', text: 'group:\n- name: g\n', code: 'unknown-field', at: [1, 1] },
  { name: 'groups is a mapping', text: 'groups:\n  name: g\n', code: 'wrong-type', at: [2, 3] },
  { name: 'a group is a text', text: 'groups:\n- g\n', code: 'wrong-type', at: [2, 3] },
  { name: 'a group without a name', text: 'groups:\n- rules: []\n', code: 'group-name', at: [2, 3] },
  { name: 'a limit that is a text', text: 'groups:\n- name: g\n  limit: "5"\n', code: 'wrong-type', at: [3, 10] },
  { name: 'a repeated group name', text: 'groups:\n- name: g\n- name: g\n', code: 'duplicate-group', at: [3, 9] },
  {
    name: 'an unknown key in a group',
    text: 'groups:\n- name: g\n  intervall: 1m\n',
    code: 'unknown-field',
    at: [3, 3],
  },
  {
    name: 'an interval that is no duration',
    text: 'groups:\n- name: g\n  interval: 1 minute\n',
    code: 'bad-duration',
    at: [3, 13],
  },
  {
    name: 'an interval without a unit',
    text: 'groups:\n- name: g\n  interval: 60\n',
    code: 'bad-duration',
    at: [3, 13],
  },
  { name: 'a negative offset', text: 'groups:\n- name: g\n  query_offset: -5m\n', code: 'bad-duration', at: [3, 17] },
  { name: 'a limit that is no number', text: 'groups:\n- name: g\n  limit: many\n', code: 'wrong-type', at: [3, 10] },
  { name: 'rules is a mapping', text: 'groups:\n- name: g\n  rules:\n    alert: A\n', code: 'wrong-type', at: [4, 5] },
  { name: 'a rule is a text', text: 'groups:\n- name: g\n  rules: [A]\n', code: 'wrong-type', at: [3, 11] },
  {
    name: 'a bad label name of a group',
    text: 'groups:\n- name: g\n  labels: {__name__: x}\n',
    code: 'label-name',
    at: [3, 12],
  },
  { name: 'neither record nor alert', text: inGroup('  - expr: up\n'), code: 'no-name', at: [4, 5] },
  {
    name: 'record and alert',
    text: inGroup('  - record: r\n    alert: A\n    expr: up\n'),
    code: 'record-and-alert',
    at: [4, 5],
  },
  { name: 'no expression', text: inGroup('  - alert: A\n'), code: 'no-expr', at: [4, 5] },
  { name: 'an empty expression', text: inGroup('  - alert: A\n    expr: ""\n'), code: 'no-expr', at: [5, 11] },
  {
    name: 'an expression that is a list',
    text: inGroup('  - alert: A\n    expr: [up]\n'),
    code: 'wrong-type',
    at: [5, 11],
  },
  { name: 'an expression that does not parse', text: inGroup('  - alert: A\n    expr: up ==\n'), code: 'expr-syntax' },
  {
    name: 'a fault in a block of text',
    text: inGroup('  - alert: A\n    expr: |\n      up\n      == == 0\n'),
    code: 'expr-syntax',
    at: [7, 10],
  },
  {
    name: 'an unknown function',
    text: inGroup('  - alert: A\n    expr: rates(up[5m]) > 0\n'),
    code: 'expr-syntax',
    at: [5, 11],
  },
  {
    name: 'a range where none is wanted',
    text: inGroup('  - alert: A\n    expr: sum(up[5m])\n'),
    code: 'expr-type',
    at: [5, 15],
  },
  {
    name: 'no range where one is wanted',
    text: inGroup('  - alert: A\n    expr: rate(up)\n'),
    code: 'expr-type',
    at: [5, 16],
  },
  {
    name: 'a regular expression that is none',
    text: inGroup('  - alert: A\n    expr: up{job=~"("}\n'),
    code: 'expr-syntax',
  },
  { name: 'an unknown key in a rule', text: alert('    anotations: {}\n'), code: 'unknown-field', at: [6, 5] },
  { name: 'for that is no duration', text: alert('    for: soon\n'), code: 'bad-duration', at: [6, 10] },
  { name: 'a bad keep_firing_for', text: alert('    keep_firing_for: 5\n'), code: 'bad-duration', at: [6, 22] },
  { name: 'labels that are a list', text: alert('    labels: [a]\n'), code: 'wrong-type', at: [6, 13] },
  { name: 'a label that is a mapping', text: alert('    labels: {a: {b: c}}\n'), code: 'wrong-type', at: [6, 17] },
  { name: 'the label __name__', text: alert('    labels: {__name__: x}\n'), code: 'label-name', at: [6, 14] },
  {
    name: 'an annotation that does not parse',
    text: alert('    annotations: {summary: "{{ $value"}\n'),
    code: 'template-syntax',
    at: [6, 28],
  },
  {
    name: 'a template function that is unknown',
    text: alert('    annotations: {summary: "{{ humanise $value }}"}\n'),
    code: 'template-syntax',
    at: [6, 28],
  },
  {
    name: 'a template variable that is unknown',
    text: alert('    labels: {team: "{{ $team }}"}\n'),
    code: 'template-syntax',
    at: [6, 20],
  },
  {
    name: 'an end too many in a template',
    text: alert('    annotations: {summary: "{{ end }}"}\n'),
    code: 'template-syntax',
    at: [6, 28],
  },
  {
    name: 'annotations of a recording rule',
    text: inGroup('  - record: r\n    expr: up\n    annotations: {a: b}\n'),
    code: 'recording-field',
    at: [6, 5],
  },
  {
    name: 'for of a recording rule',
    text: inGroup('  - record: r\n    expr: up\n    for: 1m\n'),
    code: 'recording-field',
    at: [6, 5],
  },
  {
    name: 'keep_firing_for of a recording rule',
    text: inGroup('  - record: r\n    expr: up\n    keep_firing_for: 1m\n'),
    code: 'recording-field',
    at: [6, 5],
  },
  {
    name: 'braces in a record',
    text: inGroup('  - record: r{a="b"}\n    expr: up\n'),
    code: 'record-name',
    at: [4, 5],
  },
  {
    name: 'an expression and a kind',
    text: kind('expr: up\n    latency: {above: 1s}'),
    code: 'expr-and-kind',
    at: [5, 5],
    own: true,
  },
  { name: 'two kinds', text: kind('latency: {above: 1s}\n    pool: {}'), code: 'several-kinds', at: [6, 5], own: true },
  {
    name: 'a kind with an unknown field',
    text: kind('latency: {above: 1s, stag: tool}'),
    code: 'unknown-field',
    at: [5, 26],
    own: true,
  },
  {
    name: 'a kind without its threshold',
    text: kind('latency: {stage: tool}'),
    code: 'kind-field',
    at: [5, 14],
    own: true,
  },
  {
    name: 'a threshold with the wrong unit',
    text: kind('latency: {above: 2GiB}'),
    code: 'kind-field',
    at: [5, 22],
    own: true,
  },
  {
    name: 'a percentile that is none',
    text: kind('latency: {above: 1s, percentile: 101}'),
    code: 'kind-field',
    at: [5, 38],
    own: true,
  },
  {
    name: 'a budget without a period',
    text: kind('token_burn: {budget: 500k tokens}'),
    code: 'kind-field',
    at: [5, 26],
    own: true,
  },
  {
    name: 'an objective out of range',
    text: kind('slo: {objective: 100%, errors: e, total: t}'),
    code: 'kind-field',
    at: [5, 22],
    own: true,
  },
  {
    name: 'a kind over an expression that does not parse',
    text: kind('anomaly: {of: "sum("}'),
    code: 'kind-field',
    at: [5, 19],
    own: true,
  },
  {
    name: 'thresholds on a label that is aggregated away',
    text: kind('latency: {above: 1s, thresholds: [{match: {model: m}, above: 2s}]}'),
    code: 'kind-field',
    at: [5, 38],
    own: true,
  },
  {
    name: 'a kind in a recording rule',
    text: inGroup('  - record: r\n    latency: {above: 1s}\n'),
    code: 'recording-field',
    at: [5, 5],
    own: true,
  },
];

/** Rule files that can be used, however odd. */
export const goodRuleFiles: readonly CorpusFile[] = [
  { name: 'empty', text: '', code: undefined },
  { name: 'only a comment', text: '# nothing\n', code: undefined },
  { name: 'null', text: 'null\n', code: undefined },
  { name: 'groups is null', text: 'groups:\n', code: undefined },
  { name: 'a rule that is null', text: inGroup('  -\n'), code: undefined },
  { name: 'a whole limit written with a fraction', text: 'groups:\n- name: g\n  limit: 1.0\n', code: undefined },
  { name: 'a group without rules', text: 'groups:\n- name: g\n', code: undefined },
  { name: 'rules is null', text: 'groups:\n- name: g\n  rules:\n', code: undefined },
  { name: 'JSON', text: '{"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0"}]}]}', code: undefined },
  {
    name: 'numbers as texts',
    text: inGroup('  - record: r\n    expr: 1\n    labels: {a: 1, b: true, c: 1.50, d: null, e: yes}\n'),
    code: undefined,
  },
  {
    name: 'a UTF-8 name',
    text: inGroup('  - record: r.ä\n    expr: \'{"a.b"}\'\n    labels: {"my.label": x}\n'),
    code: undefined,
  },
  {
    name: 'an alert with any name',
    text: inGroup('  - alert: "All kinds of Names, 1.0"\n    expr: up\n'),
    code: undefined,
  },
  {
    name: 'identical rules',
    text: inGroup('  - alert: A\n    expr: up\n  - alert: A\n    expr: up\n'),
    code: undefined,
  },
  { name: 'an expression of type matrix', text: inGroup('  - alert: A\n    expr: up[5m]\n'), code: undefined },
  { name: 'a second document', text: 'groups:\n- name: g\n---\ngroups: 5\n', code: undefined },
  {
    name: 'anchors and merge keys',
    text: 'groups:\n- name: g\n  rules:\n  - &r\n    alert: A\n    expr: up\n    labels: &l {a: b}\n  - <<: *r\n    alert: B\n    labels: {<<: *l, c: d}\n',
    code: undefined,
  },
  {
    name: 'folded and literal blocks',
    text: inGroup(
      '  - alert: A\n    expr: >-\n      up\n        == 0\n  - alert: B\n    expr: |+\n      up # comment\n      == 0\n\n',
    ),
    code: undefined,
  },
  {
    name: 'zero durations',
    text: 'groups:\n- name: g\n  interval: 0s\n  query_offset: 0\n  rules:\n  - alert: A\n    expr: up\n    for: 0\n',
    code: undefined,
  },
  {
    name: 'every field',
    text: 'groups:\n- name: g\n  interval: 1m30s\n  query_offset: 1m\n  limit: 10\n  labels: {team: a}\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 5m\n    keep_firing_for: 10m\n    labels: {severity: page, l: "{{ $labels.job }}"}\n    annotations: {s: "{{ with query \\"up\\" }}{{ . | first | value | humanize }}{{ end }}"}\n',
    code: undefined,
  },
  {
    name: 'templates are not looked at in recording rules',
    text: inGroup('  - record: r\n    expr: up\n    labels: {a: "{{ nope"}\n'),
    code: undefined,
  },
  {
    name: 'all template functions',
    text: alert(
      '    annotations: {a: "{{ $v := $value }}{{ range $i, $e := query \\"up\\" }}{{ if gt $v 1.0 }}{{ $e.Labels.job | title | toUpper | reReplaceAll \\"a\\" \\"b\\" | stripPort | stripDomain }}{{ else if not true }}{{ humanizeTimestamp $v }}{{ end }}{{ end }}{{ $externalLabels.x }}{{ $externalURL }}{{ printf \\"%.2f\\" $v }}{{ tableLink \\"up\\" }}{{ args 1 2 }}{{ safeHtml \\"x\\" }}{{ parseDuration \\"1h\\" }}{{ toTime $v }}"}\n',
    ),
    code: undefined,
  },
  {
    name: 'now, which Prometheus has since 3.6',
    text: alert('    annotations: {a: "{{ humanizeTimestamp now }}"}\n'),
    code: undefined,
    own: true,
  },
];
