import { seededRandom } from '../../../../base/ids';
import { noTelemetry } from '../../../../base/telemetry';
import { ModelSelector } from '../model-selector';
import type { Clock } from '../../../../base/clock';

/** Chooses among numbered models, and learns. */
export interface Policy {
  choose(): number;
  learn(model: number, ok: boolean, latency: number): void;
}

/** A world of models whose chances of success change once, halfway. */
export interface World {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly rounds: number;
}

/** Mean of the best model's chance of success less the chosen one's. */
export function meanRegret(policy: Policy, { before, after, rounds }: World, seed: number): number {
  const random = seededRandom(seed);
  let regret = 0;
  for (let round = 0; round < rounds; round++) {
    const chances = round < rounds / 2 ? before : after;
    const model = policy.choose();
    const chance = chances[model] ?? 0;
    regret += Math.max(...chances) - chance;
    policy.learn(model, random() < chance, 800 + random() * 400);
  }
  return regret / rounds;
}

/** The selector, with quality alone in its weights so that success decides. */
export function selectorPolicy(models: number, seed: number, exploration: 'thompson' | 'ucb' = 'thompson'): Policy {
  let elapsed = 0;
  const clock: Clock = {
    now: () => elapsed,
    elapsed: () => elapsed,
    schedule: () => ({ cancel: () => undefined }),
    sleep: () => Promise.resolve(),
  };
  const selector = new ModelSelector({
    name: 'replay',
    candidates: Array.from({ length: models }, (_, model) => ({
      model: `m${model}`,
      provider: 'test',
      prices: { input: 1, output: 1 },
    })),
    exploration,
    clock,
    random: seededRandom(seed),
    telemetry: noTelemetry,
  });
  return {
    choose: () => {
      elapsed += 1_000;
      return Number(selector.select().model.slice(1));
    },
    learn: (model, ok, latency) => selector.report(`m${model}`, { ok, latency }),
  };
}

/** Always the model that was best at first. */
export function fixedPolicy(model: number): Policy {
  return { choose: () => model, learn: () => undefined };
}

/** Mostly the best mean so far, at random one time in ten. */
export function epsilonGreedy(models: number, seed: number, epsilon = 0.1): Policy {
  const random = seededRandom(seed);
  const good = new Array<number>(models).fill(1);
  const all = new Array<number>(models).fill(1);
  return {
    choose: () => {
      if (random() < epsilon) return Math.floor(random() * models);
      const means = good.map((count, model) => count / (all[model] ?? 1));
      return means.indexOf(Math.max(...means));
    },
    learn: (model, ok) => {
      all[model] = (all[model] ?? 0) + 1;
      if (ok) good[model] = (good[model] ?? 0) + 1;
    },
  };
}

/** Success ratio over mean latency, all outcomes counting alike. */
export function plainScore(models: number): Policy {
  const good = new Array<number>(models).fill(1);
  const all = new Array<number>(models).fill(1);
  const time = new Array<number>(models).fill(1_000);
  return {
    choose: () => {
      const scores = good.map((count, model) => count / (all[model] ?? 1) / ((time[model] ?? 1) / (all[model] ?? 1)));
      return scores.indexOf(Math.max(...scores));
    },
    learn: (model, ok, latency) => {
      all[model] = (all[model] ?? 0) + 1;
      time[model] = (time[model] ?? 0) + latency;
      if (ok) good[model] = (good[model] ?? 0) + 1;
    },
  };
}
