import { epsilonGreedy, fixedPolicy, meanRegret, plainScore, selectorPolicy } from './testing/replay';
import { DEGRADATIONS } from './testing/worlds';
import { seededRandom } from '../../../base/ids';
import type { BenchDefinition } from '../../../base/bench';
import type { Policy } from './testing/replay';
import type { World } from './testing/worlds';

const SEEDS = { full: 60, short: 12 };

/** Mean regret on replays in which the model that is best at first becomes worse halfway, in all kinds of ways. */
export const bench: BenchDefinition = {
  name: 'model-selector',
  run: ({ out, full }) => {
    const figures: Record<string, number> = {};
    const seeds = full ? SEEDS.full : SEEDS.short;
    out(`mean regret of ${seeds} replays of 2,000 calls`);
    out(`${'the best model …'.padEnd(24)} ${COLUMNS.map(({ title }) => title.padStart(14)).join('')}`);
    for (const [name, world] of Object.entries(DEGRADATIONS)) {
      const regrets = COLUMNS.map(({ policy }) => {
        let sum = 0;
        for (let seed = 1; seed <= seeds; seed++) sum += meanRegret(policy(world, seed), world, 1_000 + seed);
        return sum / seeds;
      });
      COLUMNS.forEach(({ title }, index) => (figures[`${name}: ${title}`] = regrets[index] ?? NaN));
      out(`${name.padEnd(24)} ${regrets.map((regret) => regret.toFixed(4).padStart(14)).join('')}`);
    }
    return Promise.resolve(figures);
  },
};

const COLUMNS: readonly { readonly title: string; policy(world: World, seed: number): Policy }[] = [
  { title: 'Thompson', policy: ({ models }, seed) => selectorPolicy(models, seed) },
  { title: 'by complexity', policy: ({ models }, seed) => selectorPolicy(models, seed, 'thompson', variedWork(seed)) },
  { title: 'UCB', policy: ({ models }, seed) => selectorPolicy(models, seed, 'ucb') },
  { title: 'fixed', policy: () => fixedPolicy(0) },
  { title: 'epsilon', policy: ({ models }, seed) => epsilonGreedy(models.length, seed) },
  { title: 'plain score', policy: ({ models }) => plainScore(models.length) },
];

/** Requests of every complexity, which the selector learns apart. */
function variedWork(seed: number): () => { complexity: number } {
  const random = seededRandom(seed + 500);
  return () => ({ complexity: random() });
}
