import type { Pricer } from '../pricing/pricer';
import { recommend } from '../recommendations';
import type { Recommendation } from '../report';
import { generateWeek } from './assistant-week';
import { factsOf } from './read-week';
import { playResources } from './resources';
import { playSessions } from './sessions';
import { PLANTS } from './week';
import type { Plant, Week, WeekShape } from './week';

const START = 1_772_323_200_000;
const DAYS = 7;
/** Planted into what is shared, not into the sessions. */
const SHARED: ReadonlySet<Plant> = new Set<Plant>(['batch-window', 'pool-too-small', 'cache-forgets']);
/** Less is nothing that a saving must be told for, in US dollars. */
const LEAST_USD = 1;

/** What became of one planted problem. Ratios are estimate to truth; undefined where no figure is given. */
export interface JudgedPlant {
  readonly plant: Plant;
  /** One piece of advice is right. */
  readonly advice: readonly Recommendation[];
  readonly usdRatio: number | undefined;
  readonly msRatio: number | undefined;
  /** Whether the problem cost money. */
  readonly hasUsd: boolean;
}

/** Advice on a generated week with all problems planted and with none, held against what the problems truly cost. */
export async function judgeWeek(
  seed: number,
  shape: WeekShape,
  pricer: Pricer,
): Promise<{
  readonly clean: readonly Recommendation[];
  readonly found: readonly JudgedPlant[];
  /** Advice that no planted problem calls for. */
  readonly others: readonly Recommendation[];
}> {
  const all = new Set(PLANTS);
  const clean = await adviceOn(generateWeek({ seed, shape, start: START, days: DAYS }), pricer);
  const given = await adviceOn(generateWeek({ seed, shape, plants: all, start: START, days: DAYS }), pricer);
  const totals = {
    sessions: totalsOf(seed, shape, all, 'sessions', pricer),
    shared: totalsOf(seed, shape, all, 'shared', pricer),
  };
  const found = PLANTS.map((plant): JudgedPlant => {
    const part = SHARED.has(plant) ? 'shared' : 'sessions';
    // Truth is what the same week without the problem costs or waits less.
    const without = totalsOf(seed, shape, new Set(PLANTS.filter((other) => other !== plant)), part, pricer);
    const truth = { usd: totals[part].usd - without.usd, ms: totals[part].ms - without.ms };
    const advice = given.filter(({ kind }) => kind === plant);
    const [first] = advice;
    return {
      plant,
      advice,
      usdRatio: first?.savingUsd === undefined ? undefined : first.savingUsd / truth.usd,
      msRatio: first?.savingMs === undefined ? undefined : first.savingMs / truth.ms,
      hasUsd: truth.usd > LEAST_USD,
    };
  });
  return { clean, found, others: given.filter(({ kind }) => !PLANTS.some((plant) => plant === kind)) };
}

async function adviceOn(week: Week, pricer: Pricer): Promise<readonly Recommendation[]> {
  const period = { start: week.start, end: week.end };
  return recommend(await (await factsOf(week)).read(period), period, pricer);
}

function totalsOf(
  seed: number,
  shape: WeekShape,
  plants: ReadonlySet<Plant>,
  part: 'sessions' | 'shared',
  pricer: Pricer,
): { readonly usd: number; readonly ms: number } {
  const options = { seed, plants, shape, start: START, days: DAYS };
  if (part === 'shared') return { usd: 0, ms: playResources(options).totalMs };
  const { calls, totalMs } = playSessions(options);
  return { usd: calls.reduce((sum, row) => sum + (pricer.cost(row) ?? 0), 0), ms: totalMs };
}
