import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { Matcher } from '../../src/domain/matcher';
import { TsdbSeriesStore, tsdbConfig } from '../../src/tsdb';
import { KILL_SERIES, timeOfBatch } from '../../src/tsdb/testing/kill-writer';

const ROUNDS = 8;

/** Teaches a process to load TypeScript, then runs the writer. */
const BOOTSTRAP = `
const { transformSync } = require(process.argv[1]);
const { readFileSync } = require('node:fs');
require.extensions['.ts'] = (module, filename) => module._compile(transformSync(readFileSync(filename, 'utf8'), {
  filename, swcrc: false, module: { type: 'commonjs' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
}).code, filename);
const [, , writer, dataDir, first, start] = process.argv;
require(writer).writeUntilKilled(dataDir, Number(first), Number(start));
`;

test('kill -9 at any moment loses no acknowledged sample, in order or out of it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'telltale-kill-'));
  const start = systemClock.now() - 3_600_000;
  try {
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await writeAndKill(dataDir, next, start, 600 + round * 150);
      expect(acknowledged).toBeGreaterThan(next);
      const { missing, wrong, newest } = await readBack(dataDir, start, acknowledged);
      expect({ round, missing, wrong }).toEqual({ round, missing: [], wrong: [] });
      next = newest + 1;
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 240_000);

/** The last batch that was acknowledged before the kill, which comes `after` ms after the first acknowledgement. */
async function writeAndKill(dataDir: string, first: number, start: number, after: number): Promise<number> {
  const swc = createRequire(__filename).resolve('@swc/core');
  const writer = join(__dirname, '../../src/tsdb/testing/kill-writer.ts');
  const child = spawn(process.execPath, ['-e', BOOTSTRAP, swc, writer, dataDir, String(first), String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

/**
 * Samples of acknowledged batches that are not there, samples that no batch gave, and the newest batch of which anything is
 * there.
 */
async function readBack(
  dataDir: string,
  start: number,
  acknowledged: number,
): Promise<{ missing: string[]; wrong: string[]; newest: number }> {
  const store = new TsdbSeriesStore({
    dataDir,
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: tsdbConfig.parse({}),
  });
  await store.start();
  const found = await store.select([new Matcher('__name__', '=', 'm')], start - 1, Infinity);
  const missing: string[] = [];
  const wrong: string[] = [];
  let newest = acknowledged;
  const bySeries = new Map(found.map((columns) => [Number(columns.labels.get('i')), columns]));
  for (let series = 0; series < KILL_SERIES; series++) {
    const batches = new Set<number>();
    const { timestamps, values, from, to } = bySeries.get(series) ?? NOTHING;
    for (let i = from; i < to; i++) {
      const batch = values[i] ?? NaN;
      batches.add(batch);
      if (timestamps[i] !== timeOfBatch(start, batch, series)) wrong.push(`${series}: ${batch} at ${timestamps[i]}`);
      newest = Math.max(newest, batch);
    }
    if (batches.size !== to - from) wrong.push(`${series}: a batch twice`);
    for (let batch = 0; batch <= acknowledged; batch++) if (!batches.has(batch)) missing.push(`${series}: ${batch}`);
  }
  await store.stop();
  return { missing: missing.slice(0, 5), wrong: wrong.slice(0, 5), newest };
}

const NOTHING = { timestamps: new Float64Array(0), values: new Float64Array(0), from: 0, to: 0 };
