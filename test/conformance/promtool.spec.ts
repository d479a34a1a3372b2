import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { loadRuleFiles, readTestFile, runTestFile } from '../../src/rules';

const folder = join(__dirname, '..', '..', '..', 'shared', 'testdata', 'promtool');
const present = existsSync(folder);
if (!present) console.log(`skipped: ${folder} is not there`);

(present ? describe : describe.skip)("Prometheus' own rule tests", () => {
  test.each([
    ['unittest.yml', true],
    ['at-modifier-test.yml', true],
    ['long-period.yml', true],
    ['failing.yml', false],
  ])('%s passes: %s', async (name, passes) => {
    const outcome = await runTestFile(readTestFile(join(folder, name)), { clock: systemClock });
    expect(outcome.problems).toEqual([]);
    expect(outcome.passed).toBe(passes);
  });

  test.each(['rules.yml', 'at-modifier.yml'])('%s can be used', (name) => {
    expect(loadRuleFiles([join(folder, name)])).toMatchObject({ usable: true, problems: [] });
  });
});
