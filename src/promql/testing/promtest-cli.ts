import { readFileSync } from 'node:fs';
import { systemClock } from '../../base/clock';
import { messageOf } from '../../base/errors';
import { runPromtest } from './promtest';

/** `npm run promtest -- FILE…`: runs promqltest scripts; exit code 1 when a query's answer differs. */
async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    process.stderr.write('usage: npm run promtest -- FILE…\n');
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const outcomes = await runPromtest(readFileSync(file, 'utf8'), systemClock);
    for (const { line, what, faults } of outcomes) {
      if (faults.length === 0) {
        passed++;
        continue;
      }
      failed++;
      process.stdout.write(`${file}:${line}: ${what}\n${faults.map((fault) => `    ${fault}\n`).join('')}`);
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 2;
  },
);
