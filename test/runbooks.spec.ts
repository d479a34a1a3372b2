import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRunbooks } from '../src/http/runbooks/read-runbooks';
import { checkExpr, parseExpr, selectorsOf } from '../src/promql';
import { loadRuleFiles } from '../src/rules';
import { emittedMetrics, isEmitted } from './harness/emitted-metrics';

const root = join(__dirname, '..');
const alerts = loadRuleFiles([join(root, 'alerts', '*.yml')]).files.flatMap(({ groups }) =>
  groups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === 'alerting' ? [rule] : []))),
);
const sections = readRunbooks(readFileSync(join(root, 'alerts', 'RUNBOOKS.md'), 'utf8'));
const emitted = emittedMetrics(root);
const recorded = new Set(['telltale_anomaly_score']);

test('every shipped alert has its section, and every section an alert', () => {
  expect([...sections.keys()].sort()).toEqual([...new Set(alerts.map(({ name }) => name))].sort());
});

test('every alert links to its section and to a dashboard that is there', () => {
  const uids = readdirSync(join(root, 'dashboards'))
    .filter((name) => name.endsWith('.json'))
    .map((name): unknown => JSON.parse(readFileSync(join(root, 'dashboards', name), 'utf8')))
    .map((dashboard) =>
      typeof dashboard === 'object' && dashboard !== null && 'uid' in dashboard ? dashboard.uid : '',
    );
  for (const { name, annotations } of alerts) {
    const texts = new Map(annotations.map((annotation) => [annotation.name, annotation.template.text]));
    expect(texts.get('runbook_url')).toBe(`{{ $externalURL }}/runbooks/${name}`);
    expect(uids.map((uid) => `{{ $externalURL }}/dashboards/${String(uid)}`)).toContain(texts.get('dashboard_url'));
  }
});

describe.each([...sections])('%s', (_name, text) => {
  test('tells meaning, impact, diagnosis and remedy, in this order', () => {
    expect([...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map((match) => match[1])).toEqual([
      'Meaning',
      'Impact',
      'Diagnosis',
      'Remedy',
    ]);
  });

  test('its queries are PromQL over metrics that we emit', () => {
    const queries = [...text.matchAll(/^```\n([^`]*)^```/gm)].flatMap((match) => (match[1] ?? '').trim().split('\n'));
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) {
      const parsed = parseExpr(query);
      checkExpr(parsed);
      const names = selectorsOf(parsed).map(({ name }) => name);
      expect(names.filter((name) => !recorded.has(name) && !isEmitted(name, emitted))).toEqual([]);
    }
  });
});
