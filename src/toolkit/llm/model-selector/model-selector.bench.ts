import { epsilonGreedy, fixedPolicy, meanRegret, plainScore, selectorPolicy } from './testing/replay';
import type { BenchDefinition } from '../../../base/bench';
import type { Policy } from './testing/replay';

const SEEDS = 20;
const WORLDS = {
  degrades: { before: [0.95, 0.85, 0.75], after: [0.4, 0.85, 0.75], rounds: 2_000 },
  weakens: { before: [0.95, 0.85, 0.75], after: [0.6, 0.85, 0.75], rounds: 2_000 },
  close: { before: [0.92, 0.9, 0.88], after: [0.7, 0.9, 0.88], rounds: 2_000 },
};

/** Mean regret on replays in which the best model changes halfway. */
export const bench: BenchDefinition = {
  name: 'model-selector',
  run: ({ out }) => {
    const figures: Record<string, number> = {};
    for (const [name, world] of Object.entries(WORLDS)) {
      const models = world.before.length;
      const policies: Record<string, (seed: number) => Policy> = {
        thompson: (seed) => selectorPolicy(models, seed),
        ucb: (seed) => selectorPolicy(models, seed, 'ucb'),
        fixed: () => fixedPolicy(0),
        epsilonGreedy: (seed) => epsilonGreedy(models, seed),
        plainScore: () => plainScore(models),
      };
      for (const [policy, make] of Object.entries(policies)) {
        let sum = 0;
        for (let seed = 1; seed <= SEEDS; seed++) sum += meanRegret(make(seed), world, 1_000 + seed);
        figures[`${name}.${policy}`] = sum / SEEDS;
        out(`${name.padEnd(10)} ${policy.padEnd(14)} mean regret ${(sum / SEEDS).toFixed(4)}`);
      }
    }
    return Promise.resolve(figures);
  },
};
