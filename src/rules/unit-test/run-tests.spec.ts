import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../base/testing/manual-clock';
import { badTestFiles, goodTestFiles, testedRules } from '../testing/test-file-corpus';
import { coverageOf } from './coverage';
import { runTestFile } from './run-tests';
import { readTestFile } from './test-file';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rule-tests-'));
  writeFileSync(join(folder, 'rules.yml'), testedRules);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (text: string) => {
  const path = join(folder, 'some.test.yml');
  writeFileSync(path, text);
  return runTestFile(readTestFile(path), { clock: new ManualClock() });
};

test.each(badTestFiles)('$name fails and says why', async ({ text }) => {
  const outcome = await run(text);
  expect(outcome.passed).toBe(false);
  expect([...outcome.problems, ...outcome.tests.flatMap(({ failures }) => failures)]).not.toEqual([]);
});

test.each(goodTestFiles)('$name passes', async ({ text }) => {
  const outcome = await run(text);
  expect([...outcome.problems, ...outcome.tests.flatMap(({ failures }) => failures)]).toEqual([]);
  expect(outcome.passed).toBe(true);
});

test('a start moves all times', async () => {
  const test = (start: string): string =>
    `tests:\n- start_timestamp: ${start}\n  input_series:\n  - {series: a, values: '1 2 3'}\n  promql_expr_test:\n  - {expr: 'timestamp(a)', eval_time: 2m, exp_samples: [{labels: '{}', value: 1767225720}]}\n`;
  for (const start of ['2026-01-01T00:00:00Z', '"1767225600"', '1767225600']) {
    expect((await run(test(start))).tests[0]?.failures).toEqual([]);
  }
  expect((await run(test('yesterday'))).problems[0]).toContain('cannot read "yesterday" as a time');
});

test('coverage counts the rules that some test looks at', async () => {
  const outcome = await run(
    'rule_files: [rules.yml]\ntests:\n- alert_rule_test:\n  - {eval_time: 1m, alertname: Down}\n  promql_expr_test:\n  - {expr: "up:sum{team=\\"a\\"}", eval_time: 1m}\n',
  );
  const { tests } = readTestFile(join(folder, 'some.test.yml'));
  const { covered, total, untested } = coverageOf([{ rules: outcome.rules, tests }]);
  expect([covered, total, untested.map(({ rule }) => rule)]).toEqual([
    2,
    7,
    ['Kept', 'up:sum:double', 'Broken', 'Emptied', 'Histogram'],
  ]);
});
