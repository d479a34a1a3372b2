import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock';
import { selectorsOf } from '../src/promql';
import { coverageOf, lintRules, loadRuleFiles, readTestFile, runTestFile } from '../src/rules';
import { emittedMetrics, isEmitted } from './harness/emitted-metrics';

const alerts = join(__dirname, '..', 'alerts');
const packs = readdirSync(alerts).filter((name) => name.endsWith('.yml'));

const emitted = emittedMetrics(join(__dirname, '..'));

describe.each(packs)('%s', (pack) => {
  const loaded = loadRuleFiles([join(alerts, pack)]);
  const rules = loaded.files.flatMap(({ groups }) => groups.flatMap((group) => group.rules));

  test('is clean', () => {
    expect([...loaded.problems, ...lintRules(loaded.files)]).toEqual([]);
  });

  test('every expression, of kinds too, reads metrics that we emit or record', () => {
    const recorded = new Set(rules.flatMap(({ type, name }) => (type === 'recording' ? [name] : [])));
    const names = rules.flatMap(({ ast }) =>
      selectorsOf(ast).flatMap(({ matchers }) =>
        matchers.filter(({ name }) => name === '__name__').map(({ value }) => value),
      ),
    );
    expect(names.filter((name) => !recorded.has(name) && !isEmitted(name, emitted))).toEqual([]);
  });

  test('every alert says how bad it is, what is wrong with the value, and where to read on', () => {
    for (const rule of rules) {
      if (rule.type !== 'alerting') continue;
      expect(rule.labels.get('severity')).toMatch(/^(critical|warning|info)$/);
      const texts = new Map(rule.annotations.map(({ name, template }) => [name, template.text]));
      expect([...texts.keys()]).toEqual(expect.arrayContaining(['summary', 'description', 'runbook_url']));
      if (rule.kind?.name !== 'absence')
        expect(`${texts.get('summary')} ${texts.get('description')}`).toContain('$value');
    }
  });

  test('every rule has a test, and all pass', async () => {
    const names = readdirSync(join(alerts, 'tests')).filter((name) => name.startsWith(pack.replace('.yml', '.')));
    const runs = [];
    for (const name of names) {
      const file = readTestFile(join(alerts, 'tests', name));
      const { problems, tests, rules: read } = await runTestFile(file, { clock: systemClock });
      expect([...problems, ...tests.flatMap(({ failures }) => failures)]).toEqual([]);
      runs.push({ rules: read, tests: file.tests });
    }
    expect(coverageOf(runs).untested).toEqual([]);
  }, 60_000);
});
