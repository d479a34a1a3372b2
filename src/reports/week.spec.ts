import { bundledPrices } from '../pricing';
import type { Recommendation } from '.';
import { Pricer } from './pricing/pricer';
import { recommend } from './recommendations';
import { generateWeek } from './testing/assistant-week';
import { playResources } from './testing/resources';
import { playSessions } from './testing/sessions';
import { factsOf } from './testing/read-week';
import { PLANTS } from './testing/week';
import type { Plant, Week } from './testing/week';

const SEEDS = [1, 2];
const START = 1_772_323_200_000;
const pricer = new Pricer(bundledPrices);

const STAGES: Readonly<Record<Plant, string>> = {
  'prompt-cache-broken': 'inference',
  'oversized-tool-results': 'tool',
  'repeated-reads': 'tool',
  'retry-storm': 'inference',
  'model-too-large': 'inference',
  'batch-window': 'inference',
  'pool-too-small': 'tool',
  'cache-forgets': 'tool',
  'slow-query': 'tool',
  'connection-reuse': 'tool',
};

async function recommendationsOf(week: Week): Promise<readonly Recommendation[]> {
  const data = await factsOf(week);
  const period = { start: week.start, end: week.end };
  return recommend(await data.read(period), period, pricer);
}

const RESOURCE_PLANTS: ReadonlySet<string> = new Set<Plant>(['batch-window', 'pool-too-small', 'cache-forgets']);

/** What a week's sessions cost, and what they and the shared resources waited, with some problems planted. */
function totalsOf(
  seed: number,
  plants: ReadonlySet<Plant>,
  part: 'sessions' | 'resources',
): { usd: number; ms: number } {
  const options = { seed, plants, start: START, days: 7 };
  if (part === 'resources') return { usd: 0, ms: playResources(options).totalMs };
  const { calls, totalMs } = playSessions(options);
  return { usd: calls.reduce((sum, row) => sum + (pricer.cost(row) ?? 0), 0), ms: totalMs };
}

/** How near an estimate is to the truth. What no figure is given for is not wrong; it must not be what matters. */
function share(estimate: number | undefined, truth: number): string {
  if (estimate === undefined) return 'within 20 %';
  return Math.abs(estimate / truth - 1) <= 0.2 ? 'within 20 %' : `${estimate} for ${truth}`;
}

describe.each(SEEDS)('seed %i', (seed) => {
  test('a clean week gives no advice', async () => {
    expect((await recommendationsOf(generateWeek({ seed }))).map(({ title }) => title)).toEqual([]);
  });

  test('ten planted problems are named, each with its stage and its saving, and nothing else', async () => {
    const all = new Set(PLANTS);
    const found = await recommendationsOf(generateWeek({ seed, plants: all }));
    expect(found.map(({ kind }) => kind).sort()).toEqual([...PLANTS].sort());
    const totals = { sessions: totalsOf(seed, all, 'sessions'), resources: totalsOf(seed, all, 'resources') };
    for (const plant of PLANTS) {
      const part = RESOURCE_PLANTS.has(plant) ? 'resources' : 'sessions';
      const without = totalsOf(seed, new Set(PLANTS.filter((other) => other !== plant)), part);
      const truth = { usd: totals[part].usd - without.usd, ms: totals[part].ms - without.ms };
      const advice = found.find(({ kind }) => kind === plant);
      const named = {
        plant,
        stage: advice?.stage,
        change: (advice?.change ?? '') !== '',
        evidence: (advice?.evidence.length ?? 0) > 0,
      };
      expect(named).toEqual({ plant, stage: STAGES[plant], change: true, evidence: true });
      if (truth.usd > 1) expect(advice?.savingUsd).toBeDefined();
      expect({ plant, usd: share(advice?.savingUsd, truth.usd), ms: share(advice?.savingMs, truth.ms) }).toEqual({
        plant,
        usd: 'within 20 %',
        ms: 'within 20 %',
      });
    }
  });
});
