import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { seededRandom } from '../../src/base/ids';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { sampleSpans } from '../../src/otlp/testing/sample-spans';
import { spandbConfig, SqliteSpanStore } from '../../src/spandb';
import { temporaryFolder } from '../harness/served-stack';

const KILLS = 12;
const SPANS_PER_WRITE = 2048;
const dist = join(__dirname, '..', '..', 'dist');
const random = seededRandom(16_384);
const dataDir = temporaryFolder();

/** Writes as fast as it can, so that blocks are sealed all the time; prints the seed of every write on disk. */
const WRITER = `
const { SqliteSpanStore, spandbConfig } = require('${dist}/spandb');
const { sampleSpans } = require('${dist}/otlp/testing/sample-spans');
const { systemClock } = require('${dist}/base/clock');
const { silentLogger } = require('${dist}/base/logger');
const { noTelemetry } = require('${dist}/base/telemetry');
const store = new SqliteSpanStore({ dataDir: process.argv[1], clock: systemClock, logger: silentLogger, telemetry: noTelemetry, config: spandbConfig.parse({}) });
let seed = Number(process.argv[2]);
const lane = async () => {
  for (;;) {
    const mine = seed++;
    await store.write(sampleSpans(${SPANS_PER_WRITE}, { seed: mine }));
    require('node:fs').writeSync(1, mine + '\\n');
  }
};
store.start().then(() => Promise.all([lane(), lane(), lane()]));
`;

/** Seeds whose spans were acknowledged before the kill. */
async function writeUntilKilled(firstSeed: number, after: number): Promise<number[]> {
  const child = spawn(process.execPath, ['-e', WRITER, dataDir, String(firstSeed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const first = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      resolve();
    });
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  await Promise.race([first, closed]);
  await new Promise((resolve) => setTimeout(resolve, after));
  child.kill('SIGKILL');
  await closed;
  // The last line may be cut short.
  return text.split('\n').slice(0, -1).map(Number);
}

test(
  `killed ${KILLS} times while blocks are sealed, the span store has every trace it acknowledged, whole and once`,
  async () => {
    const acknowledged: number[] = [];
    for (let round = 0; round < KILLS; round++) {
      const seeds = await writeUntilKilled(round * 100_000 + 1, random() * 1200);
      acknowledged.push(...seeds);
      const store = new SqliteSpanStore({
        dataDir,
        clock: systemClock,
        logger: silentLogger,
        telemetry: noTelemetry,
        config: spandbConfig.parse({}),
      });
      await store.start();
      for (const seed of seeds) await expectWhole(store, seed, 3);
      if (round === KILLS - 1) {
        const { blocks } = await store.maintain();
        expect(blocks).toBeGreaterThan(0);
        for (const seed of acknowledged) await expectWhole(store, seed, 1);
      }
      await store.stop();
    }
  },
  KILLS * 60_000,
);

/** Some traces of one write. */
async function expectWhole(store: SqliteSpanStore, seed: number, traces: number): Promise<void> {
  const spans = sampleSpans(SPANS_PER_WRITE, { seed });
  for (let n = 0; n < traces; n++) {
    const at = Math.floor(random() * (SPANS_PER_WRITE / 8)) * 8;
    const wanted = spans.slice(at, at + 8);
    const found = await store.trace(wanted[0]?.traceId ?? '');
    expect(found.map(({ spanId }) => spanId).sort()).toEqual(wanted.map(({ spanId }) => spanId).sort());
  }
}
