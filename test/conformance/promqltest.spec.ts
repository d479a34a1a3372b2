import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { runPromtest } from '../../src/promql';

const folder = join(__dirname, '..', '..', '..', 'shared', 'testdata', 'promqltest');
const present = existsSync(folder);
if (!present) console.log(`skipped: ${folder} is not there`);

(present ? describe : describe.skip)("Prometheus' own PromQL scripts", () => {
  const files = present ? readdirSync(folder).filter((name) => name.endsWith('.test')) : ['none'];
  test.each(files)('%s', async (name) => {
    const outcomes = await runPromtest(readFileSync(join(folder, name), 'utf8'), systemClock);
    expect(outcomes.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });
});
