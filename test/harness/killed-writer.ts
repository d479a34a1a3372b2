import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Millis } from '../../src/base/clock';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { TsdbSeriesStore, tsdbConfig } from '../../src/tsdb';

/** Teaches a process to load TypeScript, and names what writers are given. */
const BOOTSTRAP = `
const { transformSync } = require(process.argv[1]);
const { readFileSync } = require('node:fs');
require.extensions['.ts'] = (module, filename) => module._compile(transformSync(readFileSync(filename, 'utf8'), {
  filename, swcrc: false, module: { type: 'commonjs' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
}).code, filename);
const [, , source, dataDir, first, start] = process.argv;
`;

/** What a writer is to write, and for how long. */
export interface WriterRun {
  readonly dataDir: string;
  /** The first number to write. */
  readonly first: number;
  readonly start: number;
  /** It is killed so long after its first acknowledgement. */
  readonly after: Millis;
}

/**
 * Runs a writer in a process of its own, and kills it. Gives the last number it acknowledged, a line each.
 * @param script JavaScript that starts it, with `source` (the folder of the sources), `dataDir`, `first` and `start`.
 */
export async function writeAndKill(script: string, { dataDir, first, start, after }: WriterRun): Promise<number> {
  const swc = createRequire(__filename).resolve('@swc/core');
  const source = join(__dirname, '../../src');
  const child = spawn(
    process.execPath,
    ['-e', BOOTSTRAP + script, swc, source, dataDir, String(first), String(start)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  let armed = false;
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString();
    if (armed) return;
    armed = true;
    systemClock.schedule(after, () => child.kill('SIGKILL'));
  });
  await new Promise((resolve) => child.on('close', resolve));
  const whole = text.slice(0, text.lastIndexOf('\n'));
  return Number(whole.slice(whole.lastIndexOf('\n') + 1));
}

/** The series store of a data folder, after its replay. */
export async function reopen(dataDir: string): Promise<TsdbSeriesStore> {
  const store = new TsdbSeriesStore({
    dataDir,
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: tsdbConfig.parse({}),
  });
  await store.start();
  return store;
}
