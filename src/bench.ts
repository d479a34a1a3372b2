import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchDefinition } from './base/bench';
import { messageOf } from './base/errors';

/**
 * `npm run bench -- [name…] [--full] [--json]`: runs the benchmarks that stand beside the code, all of them without a name;
 * with `--full` those of a million cases run them all.
 */
async function main(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const full = args.includes('--full');
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const benches = findBenches(__dirname);
  const unknown = wanted.filter((name) => !benches.has(name));
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark named ${unknown.join(', ')}; known: ${[...benches.keys()].sort().join(', ')}\n`);
    return 2;
  }
  for (const [name, path] of benches) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const bench = loadBench(path);
    if (!json) process.stdout.write(`\n${name}\n`);
    const figures = await bench.run({ json, full, out: (line) => void (json || process.stdout.write(`${line}\n`)) });
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
  return 0;
}

/** The compiled benchmark files below a folder, by the name before `.bench.js`. */
function findBenches(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const name = /([^/\\]+)\.bench\.js$/.exec(entry)?.[1];
    if (name !== undefined) found.set(name, join(folder, entry));
  }
  return found;
}

function loadBench(path: string): BenchDefinition {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- benchmarks are found by name, not listed
  const module: { bench?: BenchDefinition } = require(path);
  if (module.bench === undefined) throw new Error(`${path} exports no "bench"`);
  return module.bench;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`benchmark failed: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
