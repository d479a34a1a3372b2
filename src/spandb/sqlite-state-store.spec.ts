import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock';
import { silentLogger } from '../base/logger';
import { describeStateStore } from '../storage/conformance/state-store';
import { SqliteStateStore } from './sqlite-state-store';

let dataDir: string;
let store: SqliteStateStore;

const open = async (): Promise<SqliteStateStore> => {
  const opened = new SqliteStateStore({ dataDir, clock: systemClock, logger: silentLogger });
  await opened.start();
  return opened;
};

const begin = async (): Promise<void> => {
  dataDir = mkdtempSync(join(tmpdir(), 'telltale-state-'));
  store = await open();
};
const end = async (): Promise<void> => {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
};

describeStateStore('SqliteStateStore', async () => {
  await begin();
  return { store, dispose: end };
});

describe('on disk', () => {
  beforeEach(begin);
  afterEach(end);

  test('spaces and logs are there after a restart', async () => {
    await store.commit([
      { op: 'put', space: 'silences', key: 'a', value: [1, 'x', null] },
      { op: 'append', log: 'log', t: 10, value: 'first' },
    ]);
    await store.stop();
    store = await open();
    expect(await store.load('silences')).toEqual([{ key: 'a', value: [1, 'x', null] }]);
    expect(await store.history('log', 0, 99, 9)).toEqual([{ t: 10, value: 'first' }]);
  });

  test('what the database refuses takes nothing with it but its own transaction', async () => {
    const saved = store.commit([{ op: 'put', space: 's', key: 'k', value: 1 }]);
    const refused = store.commit([
      { op: 'put', space: 's', key: 'k', value: 2 },
      { op: 'append', log: 'log', t: NaN, value: 'no time' },
    ]);
    await expect(refused).rejects.toThrow('NOT NULL');
    await saved;
    expect(await store.load('s')).toEqual([{ key: 'k', value: 1 }]);
  });

  test('old rows of a log are trimmed', async () => {
    await store.commit([10, 20, 30].map((t) => ({ op: 'append', log: 'log', t, value: t })));
    expect(await store.trimHistory('log', 20)).toBe(1);
    expect(await store.history('log', 0, 100, 10)).toHaveLength(2);
  });

  test('a store that is not started says so', async () => {
    await store.stop();
    await expect(store.load('s')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
