import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { Matcher } from '../../src/domain/matcher';
import { KILL_SERIES, timeOfBatch } from '../../src/tsdb/testing/kill-writer';
import { reopen, writeAndKill } from '../harness/killed-writer';

const ROUNDS = 8;

const WRITER = `
require(source + '/tsdb/testing/kill-writer.ts').writeUntilKilled(dataDir, Number(first), Number(start));
`;

test('kill -9 at any moment loses no acknowledged sample, in order or out of it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'telltale-kill-'));
  const start = systemClock.now() - 3_600_000;
  try {
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await writeAndKill(WRITER, { dataDir, first: next, start, after: 600 + round * 150 });
      expect(acknowledged).toBeGreaterThan(next);
      const { missing, wrong, newest } = await readBack(dataDir, start, acknowledged);
      expect({ round, missing, wrong }).toEqual({ round, missing: [], wrong: [] });
      next = newest + 1;
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 240_000);

/**
 * Samples of acknowledged batches that are not there, samples that no batch gave, and the newest batch of which anything is
 * there.
 */
async function readBack(
  dataDir: string,
  start: number,
  acknowledged: number,
): Promise<{ missing: string[]; wrong: string[]; newest: number }> {
  const store = await reopen(dataDir);
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
