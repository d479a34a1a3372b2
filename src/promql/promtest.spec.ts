import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../base/clock';
import { runPromtest } from './testing/promtest';

const FOLDER = join(__dirname, 'testdata');

describe('scripts', () => {
  test.each(readdirSync(FOLDER).filter((name) => name.endsWith('.promtest')))('%s', async (name) => {
    const outcomes = await runPromtest(readFileSync(join(FOLDER, name), 'utf8'), systemClock);
    expect(outcomes.length).toBeGreaterThan(5);
    expect(outcomes.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });
});

describe('the runner', () => {
  test.each([
    {
      name: 'a wrong value',
      script: 'load 1m\n m 1\n\neval instant at 0 m\n m 2',
      fault: /^instant: m: expected 2, got 1@0$/,
    },
    { name: 'a missing series', script: 'eval instant at 0 vector(1)\n m 1', fault: /unexpected \{\} 1@0/ },
    {
      name: 'a failure',
      script: 'eval instant at 0 vector(',
      fault: /^failed: 1:8: parse error: unclosed left parenthesis/,
    },
    { name: 'no failure', script: 'eval instant at 0 vector(1)\n expect fail', fault: /expected to fail/ },
    {
      name: 'another failure',
      script: 'eval instant at 0 vector(1)[1m]\n expect fail msg: no',
      fault: /but it failed with/,
    },
    {
      name: 'an unwanted info',
      script: 'load 1m\n m 1 2\n\neval instant at 1m rate(m[2m])\n expect no_info\n {} 0.0125',
      fault: /unexpected info/,
    },
    {
      name: 'the wrong order',
      script:
        'load 1m\n m{a="1"} 1\n m{a="2"} 2\n\neval instant at 0 sort(m)\n expect ordered\n m{a="2"} 2\n m{a="1"} 1',
      fault: /at place 1/,
    },
    { name: 'an unknown command', script: 'evil', fault: /^line 1: unknown command "evil"$/ },
    { name: 'a bad series', script: 'load 1m\n m 1+x', fault: /^line 2: "1\+x" is not a sample/ },
  ])('tells of $name', async ({ script, fault }) => {
    const [outcome] = await runPromtest(script, systemClock);
    expect(outcome?.faults[0]).toMatch(fault);
  });
});
