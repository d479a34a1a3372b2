import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { exportPrometheus, loadRuleFiles, readRuleFile, readTestFile, runTestFile } from '../../src/rules';
import { badRuleFiles, goodRuleFiles } from '../../src/rules/testing/rule-file-corpus';
import { badTestFiles, goodTestFiles, testedRules } from '../../src/rules/testing/test-file-corpus';

const version = spawnSync('promtool', ['--version'], { encoding: 'utf8' });
const present = version.status === 0;
/** Version 2 knows neither UTF-8 names nor newer fields: its verdicts differ where ours are those of 3. */
const current = present && !/version 2\./.test(version.stdout + version.stderr);
const root = join(__dirname, '..', '..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  if (!present) console.log('skipped: promtool is not on the PATH');
  else if (!current) console.log('verdicts skipped: promtool is older than version 3');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function promtool(...args: string[]): { passed: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { passed: status === 0, output: stdout + stderr };
}

(current ? describe : describe.skip)('verdicts are those of promtool', () => {
  const files = [...badRuleFiles, ...goodRuleFiles].filter(({ own }) => own === undefined);

  test.each(files)('check: $name', ({ text }) => {
    const path = join(folder, 'rules.yml');
    writeFileSync(path, text);
    const ours = !readRuleFile(path, text).problems.some(({ severity }) => severity === 'error');
    const theirs = promtool('check', 'rules', path);
    expect({ passed: ours, output: theirs.output }).toEqual({ passed: theirs.passed, output: theirs.output });
  });

  test.each([...badTestFiles, ...goodTestFiles])('test: $name', async ({ text }) => {
    writeFileSync(join(folder, 'rules.yml'), testedRules);
    const path = join(folder, 'some.test.yml');
    writeFileSync(path, text);
    const ours = await runTestFile(readTestFile(path), { clock: systemClock });
    const theirs = promtool('test', 'rules', path);
    expect({ passed: ours.passed, output: theirs.output }).toEqual({ passed: theirs.passed, output: theirs.output });
  });
});

(present ? describe : describe.skip)('what is exported', () => {
  const packs = readdirSync(join(root, 'alerts')).filter((name) => name.endsWith('.yml'));

  test.each(packs)('%s is accepted and passes the same tests', (pack) => {
    const loaded = loadRuleFiles([join(root, 'alerts', pack)]);
    expect(loaded.usable).toBe(true);
    mkdirSync(join(folder, 'tests'), { recursive: true });
    const exported = join(folder, pack);
    writeFileSync(exported, exportPrometheus(loaded.files).yaml);
    const checked = promtool('check', 'rules', exported);
    expect(checked).toMatchObject({ passed: true });
    const tests = readdirSync(join(root, 'alerts', 'tests')).filter((name) =>
      name.startsWith(pack.replace('.yml', '.')),
    );
    for (const name of tests) copyFileSync(join(root, 'alerts', 'tests', name), join(folder, 'tests', name));
    const tested = promtool('test', 'rules', ...tests.map((name) => join(folder, 'tests', name)));
    expect(tested).toMatchObject({ passed: true });
  });
});
