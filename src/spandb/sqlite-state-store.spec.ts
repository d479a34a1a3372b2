import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock';
import { silentLogger } from '../base/logger';
import type { StateChange } from '../storage';
import { SqliteStateStore } from './sqlite-state-store';

let dataDir: string;
let store: SqliteStateStore;

const open = async (): Promise<SqliteStateStore> => {
  const opened = new SqliteStateStore({ dataDir, clock: systemClock, logger: silentLogger });
  await opened.start();
  return opened;
};

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'telltale-state-'));
  store = await open();
});

afterEach(async () => {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('rows of a space come back by key, after a restart too', async () => {
  await Promise.all([
    store.commit([
      { op: 'put', space: 'silences', key: 'b', value: { n: 1 } },
      { op: 'put', space: 'silences', key: 'a', value: [1, 'x', null] },
      { op: 'put', space: 'other', key: 'a', value: true },
    ]),
    store.commit([
      { op: 'put', space: 'silences', key: 'b', value: { n: 2 } },
      { op: 'delete', space: 'other', key: 'a' },
      { op: 'delete', space: 'other', key: 'never there' },
    ]),
  ]);
  await store.stop();
  store = await open();
  expect(await store.load('silences')).toEqual([
    { key: 'a', value: [1, 'x', null] },
    { key: 'b', value: { n: 2 } },
  ]);
  expect(await store.load('other')).toEqual([]);
});

test('concurrent transactions apply in the order of their calls', async () => {
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => store.commit([{ op: 'put', space: 's', key: 'k', value: n }])),
  );
  expect(await store.load('s')).toEqual([{ key: 'k', value: 199 }]);
});

test('history is read newest first within its window', async () => {
  const row = (log: string, t: number, value: string): StateChange => ({ op: 'append', log, t, value });
  await store.commit([row('log', 10, 'a'), row('log', 20, 'b'), row('log', 20, 'c'), row('log', 30, 'd')]);
  await store.commit([row('other', 20, 'x')]);
  expect(await store.history('log', 10, 29, 2)).toEqual([
    { t: 20, value: 'c' },
    { t: 20, value: 'b' },
  ]);
  expect(await store.trimHistory('log', 20)).toBe(1);
  expect(await store.history('log', 0, 100, 10)).toHaveLength(3);
});

test('a row of a log stands or falls with the rows of spaces beside it, and is read by who asks next', async () => {
  const saved = store.commit([
    { op: 'append', log: 'log', t: 1, value: 'a' },
    { op: 'put', space: 's', key: 'k', value: 1 },
  ]);
  const refused = store.commit([
    { op: 'append', log: 'log', t: NaN, value: 'no time' },
    { op: 'put', space: 's', key: 'k', value: 2 },
  ]);
  const read = store.history('log', 0, 2, 10);
  await expect(refused).rejects.toThrow('NOT NULL');
  await saved;
  expect(await read).toEqual([{ t: 1, value: 'a' }]);
  expect(await store.load('s')).toEqual([{ key: 'k', value: 1 }]);
});

test('a store that is not started says so', async () => {
  await store.stop();
  await expect(store.load('s')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
