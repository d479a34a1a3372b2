import type { StateChange, StateStore } from '../ports/state-store';

/** A store under test, started and empty. */
export interface StateStoreUnderTest {
  readonly store: StateStore;
  dispose(): Promise<void>;
}

const put = (key: string, value: unknown, space = 's'): StateChange => ({ op: 'put', space, key, value });
const row = (t: number, value: unknown, log = 'log'): StateChange => ({ op: 'append', log, t, value });

/** What every store of state must do; call it in a spec of the backend. */
export function describeStateStore(name: string, create: () => Promise<StateStoreUnderTest>): void {
  describe(name, () => {
    let under: StateStoreUnderTest;
    let store: StateStore;

    beforeEach(async () => {
      under = await create();
      store = under.store;
    });
    afterEach(() => under.dispose());

    test('rows of a space come back by key, as they were last put', async () => {
      await store.commit([put('b', { n: 1 }), put('a', [1, 'x', null]), put('a', true, 'other')]);
      await store.commit([
        put('b', { n: 2 }),
        { op: 'delete', space: 'other', key: 'a' },
        { op: 'delete', space: 'other', key: 'never there' },
      ]);
      expect(await store.load('s')).toEqual([
        { key: 'a', value: [1, 'x', null] },
        { key: 'b', value: { n: 2 } },
      ]);
      expect(await store.load('other')).toEqual([]);
      expect(await store.load('never there')).toEqual([]);
    });

    test('transactions that are called at once apply in the order of their calls', async () => {
      await Promise.all(Array.from({ length: 200 }, (_, n) => store.commit([put('k', n), row(n, n)])));
      expect(await store.load('s')).toEqual([{ key: 'k', value: 199 }]);
      const rows = await store.history('log', 0, 1000, 1000);
      expect(rows.map(({ t }) => t)).toEqual(Array.from({ length: 200 }, (_, n) => 199 - n));
    });

    test('history is read newest first within its window, both ends of it included', async () => {
      await store.commit([row(10, 'a'), row(20, 'b'), row(20, 'c'), row(30, 'd')]);
      await store.commit([row(20, 'x', 'other'), row(15, 'late')]);
      const read = async (start: number, end: number, limit: number): Promise<unknown[]> =>
        (await store.history('log', start, end, limit)).map(({ value }) => value);
      expect(await read(10, 29, 2)).toEqual(['c', 'b']);
      expect(await read(10, 20, 9)).toEqual(['c', 'b', 'late', 'a']);
      expect(await read(31, 99, 9)).toEqual([]);
    });

    test('a transaction is all or nothing, rows of logs among it; who asks after its call reads it', async () => {
      const saved = store.commit([row(1, 'a'), put('k', 1)]);
      const refused = store.commit([row(2, 'b'), put('k', 2n), put('other', 3)]);
      const read = store.history('log', 0, 9, 9);
      await expect(refused).rejects.toThrow('BigInt');
      await saved;
      expect(await read).toEqual([{ t: 1, value: 'a' }]);
      expect(await store.load('s')).toEqual([{ key: 'k', value: 1 }]);
    });

    test('what is read cannot be changed by who reads it', async () => {
      const value = { list: [1] };
      await store.commit([put('k', value)]);
      value.list.push(2);
      const [first] = await store.load('s');
      (first?.value as { list: number[] }).list.push(3);
      expect(await store.load('s')).toEqual([{ key: 'k', value: { list: [1] } }]);
    });
  });
}
