import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { Matcher } from '../../src/domain/matcher';
import { DELTA_SERIES } from '../../src/ingest/testing/delta-writer';
import { reopen, writeAndKill } from '../harness/killed-writer';

const ROUNDS = 6;

/** Writes to a store that checkpoints often. */
const WRITER = `
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
      const acknowledged = await writeAndKill(WRITER, { dataDir, first: next, start, after: 150 + round * 90 });
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

/** What each series has come to, and how many requests its samples stand for, the zero at its beginning left out. */
async function readTotals(dataDir: string, start: number): Promise<{ total: number; requests: number }[]> {
  const store = await reopen(dataDir);
  const found = await store.select([new Matcher('__name__', '=', 'm_total')], start - 1, Infinity);
  await store.stop();
  return found.map(({ values, timestamps, from, to }) => {
    const times = timestamps.subarray(from, to).filter((_, i) => values[from + i] !== 0);
    return { total: values[to - 1] ?? NaN, requests: new Set(times).size };
  });
}
