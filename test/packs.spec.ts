import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parse } from 'yaml';
import { checkExpr, parseExpr, selectorsOf } from '../src/promql';
import { emittedMetrics, isEmitted } from './harness/emitted-metrics';

const root = join(__dirname, '..');
const emitted = emittedMetrics(root);

const dashboard = z.object({
  uid: z.string().min(3),
  title: z.string().min(3),
  schemaVersion: z.number().min(36),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string(),
      datasource: z.object({ uid: z.string() }).optional(),
      targets: z.array(z.object({ expr: z.string(), refId: z.string() })).default([]),
    }),
  ),
});

const ruleFile = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.looseObject({ alert: z.string().optional(), record: z.string().optional(), expr: z.string().optional() }),
      ),
    }),
  ),
});

/** With Grafana's variables replaced by something of the same kind. */
function withoutVariables(expr: string): string {
  return expr.replace(/\$__\w+/g, '5m').replace(/\$\w+/g, '.*');
}

function unknownMetrics(expr: string): string[] {
  const parsed = parseExpr(expr);
  checkExpr(parsed);
  return selectorsOf(parsed)
    .flatMap((selector) =>
      selector.matchers
        .filter((matcher) => matcher.name === '__name__' && matcher.operator === '=')
        .map((matcher) => matcher.value),
    )
    .filter((name) => !isEmitted(name, emitted) && !recorded.has(name));
}

const recorded = new Set<string>();
const rules = readdirSync(join(root, 'alerts'))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => ({ name, file: ruleFile.parse(parse(readFileSync(join(root, 'alerts', name), 'utf8'))) }));
for (const { file } of rules)
  for (const group of file.groups)
    for (const rule of group.rules) if (rule.record !== undefined) recorded.add(rule.record);

describe.each(readdirSync(join(root, 'dashboards')).filter((name) => name.endsWith('.json')))(
  'dashboards/%s',
  (name) => {
    const board = dashboard.parse(JSON.parse(readFileSync(join(root, 'dashboards', name), 'utf8')));

    test('is what Grafana imports: unique ids, data sources by variable', () => {
      const ids = board.panels.map((panel) => panel.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(board.templating.list.some((variable) => variable.type === 'datasource')).toBe(true);
      expect(
        board.panels
          .filter((panel) => panel.type !== 'text' && panel.type !== 'row' && panel.datasource?.uid !== '${datasource}')
          .map((panel) => panel.title),
      ).toEqual([]);
    });

    test('every query parses and names a metric that we emit', () => {
      const unknown = board.panels.flatMap((panel) =>
        panel.targets.flatMap((target) =>
          unknownMetrics(withoutVariables(target.expr)).map((metric) => `${panel.title}: ${metric}`),
        ),
      );
      expect(unknown).toEqual([]);
    });
  },
);

describe.each(rules.map(({ name, file }) => [name, file] as const))('alerts/%s', (name, file) => {
  test('every expression names a metric that we emit', () => {
    const unknown = file.groups.flatMap((group) =>
      group.rules.flatMap((rule) =>
        rule.expr === undefined
          ? []
          : unknownMetrics(rule.expr).map((metric) => `${rule.alert ?? rule.record}: ${metric}`),
      ),
    );
    expect(unknown).toEqual([]);
  });

  test('every alert has a test, a severity, a summary, a description and a runbook', () => {
    const tested = readFileSync(join(root, 'alerts', 'tests', name.replace(/\.yml$/, '.test.yml')), 'utf8');
    const faults = file.groups.flatMap((group) =>
      group.rules.flatMap((rule) => {
        // A kind brings its own severity and messages.
        if (rule.alert === undefined || rule.expr === undefined) return [];
        const annotations: Record<string, unknown> = z
          .record(z.string(), z.unknown())
          .catch({})
          .parse(rule['annotations']);
        const labels: Record<string, unknown> = z.record(z.string(), z.unknown()).catch({}).parse(rule['labels']);
        const missing = [
          ...['summary', 'description', 'runbook_url'].filter((key) => !(key in annotations)),
          ...('severity' in labels ? [] : ['severity']),
          ...(tested.includes(rule.alert) ? [] : ['a test']),
        ];
        return missing.length === 0 ? [] : [`${rule.alert} lacks ${missing.join(', ')}`];
      }),
    );
    expect(faults).toEqual([]);
  });
});
