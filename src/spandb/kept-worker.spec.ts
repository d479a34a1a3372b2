import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import { nextTurn } from '../base/turn';
import { sampleSpans } from '../otlp/testing/sample-spans';
import { KeptWorker } from './kept-worker';
import { spandbConfig } from './spandb.config';
import { SqliteSpanStore } from './sqlite-span-store';

let dataDir: string;
let clock: ManualClock;
let store: SqliteSpanStore;
const spans = sampleSpans(64);

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'telltale-kept-'));
  clock = new ManualClock(1_767_225_600_000);
  const config = spandbConfig.parse({});
  store = new SqliteSpanStore({ dataDir, clock, logger: silentLogger, telemetry: noTelemetry, config });
  await store.start();
});
afterEach(async () => {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The store's worker thread, to be ended. */
function workerOf(of: object): { kill(): Promise<void> } {
  const worker: unknown = Reflect.get(of, 'worker');
  if (worker instanceof KeptWorker) return worker;
  throw new Error('no worker');
}

/** Until it answers again. */
async function isBack(): Promise<number> {
  for (let turns = 0; ; turns++) {
    try {
      await store.services();
      return turns;
    } catch {
      await clock.advance(200);
      await nextTurn();
    }
  }
}

test('a worker that ends is started again: what it acknowledged is there, what it had not is refused for now', async () => {
  await store.write(spans.slice(0, 32));
  const under = store.write(spans.slice(32));
  await workerOf(store).kill();
  await expect(under).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(store.write(spans.slice(32))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('is being restarted'),
  });
  await expect(store.trace(spans[0]?.traceId ?? '')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await isBack();
  expect(await store.trace(spans[0]?.traceId ?? '')).toHaveLength(8);
  // The client tries again: nothing is doubled, whether or not the first attempt reached the disk.
  await store.write(spans.slice(32));
  await store.flush();
  for (const span of spans) expect(await store.trace(span.traceId)).toHaveLength(8);
});

test('it ends again and again, and maintenance goes on', async () => {
  for (let round = 0; round < 3; round++) {
    await store.write(spans.slice(round * 8, round * 8 + 8));
    await workerOf(store).kill();
    expect(await isBack()).toBeGreaterThan(0);
  }
  expect(await store.search({ start: 0, end: Number.MAX_SAFE_INTEGER, limit: 99 })).toHaveLength(3);
  await clock.advance(10_000);
  expect((await store.maintain()).records).toBe(24);
});

test('a store that cannot be opened does not start', async () => {
  await store.stop();
  writeFileSync(
    join(dataDir, 'spans-2026-01-01.db'),
    'this is no database, but long enough to be looked at'.repeat(99),
  );
  const config = spandbConfig.parse({});
  const broken = new SqliteSpanStore({ dataDir, clock, logger: silentLogger, telemetry: noTelemetry, config });
  await expect(broken.start()).rejects.toThrow();
  await broken.stop();
});
