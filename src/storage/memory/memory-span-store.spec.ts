import { describeSpanStore } from '../conformance/span-store';
import { MemorySpanStore } from './memory-span-store';

const nothing = (): Promise<void> => Promise.resolve();

describeSpanStore('MemorySpanStore', () =>
  Promise.resolve({ store: new MemorySpanStore(), settle: nothing, dispose: nothing }),
);

test('it has a bound, and takes nothing of what goes beyond', async () => {
  const store = new MemorySpanStore();
  const records = Array.from({ length: 100_001 }, () => ({}) as never);
  await expect(store.write(records)).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(await store.services()).toEqual([]);
});
