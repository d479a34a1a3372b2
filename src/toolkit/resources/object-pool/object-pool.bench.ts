import { createPool } from 'generic-pool';
import { Pool as TarnPool } from 'tarn';
import { ObjectPool } from './object-pool';
import type { BenchDefinition } from '../../../base/bench';

const MAX = 4;
const CYCLES = 20_000;
const ROUNDS = 9;
/** Callers at once. */
const LOADS = { free: 1, contended: 8 } as const;

type Cycle = () => Promise<unknown>;

/** Lending and giving back by one caller, and by eight of four resources, ours with its metrics on against generic-pool and tarn. */
export const bench: BenchDefinition = {
  name: 'object-pool',
  run: async ({ out }) => {
    const ours = new ObjectPool<object>({ name: 'bench', max: MAX, create: () => ({}) });
    const generic = createPool<object>({ create: async () => ({}), destroy: async () => undefined }, { max: MAX });
    const tarn = new TarnPool<object>({ create: async () => ({}), destroy: () => undefined, min: 0, max: MAX });
    const cycles: Record<string, Cycle> = {
      ours: async () => (await ours.acquire()).release(),
      'ours, use': () => ours.use(() => undefined),
      'generic-pool': async () => generic.release(await generic.acquire()),
      'generic-pool, use': () => generic.use(async () => undefined),
      tarn: async () => tarn.release(await tarn.acquire().promise),
    };
    const figures: Record<string, number> = {};
    for (const [load, callers] of Object.entries(LOADS)) {
      const micros = await compare(cycles, callers);
      const [own = NaN, use = NaN, theirs = NaN, theirUse = NaN, tarns = NaN] = Object.values(micros);
      const row = Object.entries(micros).map(([name, each]) => `${name} ${each.toFixed(2)}`);
      out(`${load.padEnd(10)} µs of processor per cycle: ${row.join('; ')}`);
      figures[`${load}.overGenericPool`] = own / theirs;
      figures[`${load}.useOverGenericPool`] = use / theirUse;
      figures[`${load}.overTarn`] = own / tarns;
    }
    await ours.close();
    await generic.drain();
    await generic.clear();
    await tarn.destroy();
    return figures;
  },
};

/** Medians of rounds in turns; the first round finds the code not compiled yet. */
async function compare(cycles: Readonly<Record<string, Cycle>>, callers: number): Promise<Record<string, number>> {
  const micros: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, cycle] of Object.entries(cycles)) {
      const took = await time(cycle, callers);
      if (round > 0) (micros[name] ??= []).push(took);
    }
  }
  return Object.fromEntries(Object.entries(micros).map(([name, all]) => [name, median(all)]));
}

/** Microseconds of processor time per cycle. */
async function time(cycle: Cycle, callers: number): Promise<number> {
  const began = process.cpuUsage();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let count = 0; count < CYCLES / callers; count++) await cycle();
    }),
  );
  const { user, system } = process.cpuUsage(began);
  return (user + system) / CYCLES;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
