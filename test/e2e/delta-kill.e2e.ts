import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { Matcher } from '../../src/domain/matcher';
import { DELTA_SERIES } from '../../src/ingest/testing/delta-writer';
import { TsdbSeriesStore, tsdbConfig } from '../../src/tsdb';

const ROUNDS = 6;

/** Teaches a process to load TypeScript, then runs the writer over a store that checkpoints often. */
const BOOTSTRAP = `
const { transformSync } = require(process.argv[1]);
const { readFileSync } = require('node:fs');
require.extensions['.ts'] = (module, filename) => module._compile(transformSync(readFileSync(filename, 'utf8'), {
  filename, swcrc: false, module: { type: 'commonjs' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
}).code, filename);
const [, , source, dataDir, first, start] = process.argv;
const { TsdbSeriesStore, tsdbConfig } = require(source + '/tsdb');
const config = tsdbConfig.parse({ segmentBytes: 30000, maxLogBytes: 100000, hot: 600000, outOfOrderWindow: 60000 });
require(source + '/ingest/testing/delta-writer.ts').writeDeltasUntilKilled(
  (around) => new TsdbSeriesStore({ dataDir, config, ...around }), Number(first), Number(start));
`;

test('kill -9 at any moment, and what was not acknowledged sent again: every delta is counted once', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'telltale-delta-'));
  const start = systemClock.now() - 60_000;
  try {
    let next = 1;
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await writeAndKill(dataDir, next, start, 150 + round * 90);
      expect(acknowledged).toBeGreaterThanOrEqual(next);
      const totals = await readTotals(dataDir, start);
      // Each total is the number of requests that are stored: all that were acknowledged, and perhaps one more.
      expect(totals).toHaveLength(DELTA_SERIES);
      for (const { total, requests } of totals) {
        expect(total).toBe(requests);
        expect([acknowledged, acknowledged + 1]).toContain(total);
      }
      next = acknowledged + 1;
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 240_000);

/** The last request that was acknowledged before the kill, which comes `after` ms after the first acknowledgement. */
async function writeAndKill(dataDir: string, first: number, start: number, after: number): Promise<number> {
  const swc = createRequire(__filename).resolve('@swc/core');
  const source = join(__dirname, '../../src');
  const child = spawn(process.execPath, ['-e', BOOTSTRAP, swc, source, dataDir, String(first), String(start)], {
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

/** What each series has come to, and how many requests its samples stand for, the zero at its beginning left out. */
async function readTotals(dataDir: string, start: number): Promise<{ total: number; requests: number }[]> {
  const store = new TsdbSeriesStore({
    dataDir,
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: tsdbConfig.parse({}),
  });
  await store.start();
  const found = await store.select([new Matcher('__name__', '=', 'm_total')], start - 1, Infinity);
  await store.stop();
  return found.map(({ values, timestamps, from, to }) => {
    const times = timestamps.subarray(from, to).filter((_, i) => values[from + i] !== 0);
    return { total: values[to - 1] ?? NaN, requests: new Set(times).size };
  });
}
