import { createPool } from 'generic-pool';
import { noTelemetry } from '../../../base/telemetry';
import { ObjectPool } from './object-pool';
import type { BenchDefinition } from '../../../base/bench';

const CYCLES = 20_000;
const ROUNDS = 7;

/** Acquire and release, eight callers on four resources, against generic-pool. */
export const bench: BenchDefinition = {
  name: 'object-pool',
  run: async ({ out }) => {
    const ours = new ObjectPool<object>({ name: 'bench', max: 4, create: () => ({}), telemetry: noTelemetry });
    const generic = createPool<object>({ create: async () => ({}), destroy: async () => undefined }, { max: 4 });
    const [mine, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      mine.push(await time(async () => ours.use(() => undefined)));
      theirs.push(
        await time(async () => {
          const value = await generic.acquire();
          await generic.release(value);
        }),
      );
    }
    await ours.close();
    await generic.drain();
    await generic.clear();
    const ratio = median(mine) / median(theirs);
    out(
      `${(median(mine) * 1e3).toFixed(2)} µs per use, generic-pool ${(median(theirs) * 1e3).toFixed(2)} µs, ratio ${ratio.toFixed(2)}`,
    );
    return { poolVsGenericPool: ratio };
  },
};

/** Milliseconds per cycle. */
async function time(cycle: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let count = 0; count < CYCLES / 8; count++) await cycle();
    }),
  );
  return (performance.now() - began) / CYCLES;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
