import { seededRandom } from '../../../../base/ids';
import { noTelemetry } from '../../../../base/telemetry';
import { ModelSelector } from '../model-selector';
import type { Clock } from '../../../../base/clock';
import type { ModelDecision, ModelOutcome } from '../types';
import type { TrueModel, World } from './worlds';

/** Chooses among numbered models, and learns. */
export interface Policy {
  choose(): number;
  /** @param reward what the outcome is worth by the world's judge, 0 to 1 */
  learn(model: number, outcome: ModelOutcome & { readonly latency: number }, reward: number): void;
}

/** Mean of what the best model is truly worth less what the chosen one is. */
export function meanRegret(policy: Policy, world: World, seed: number): number {
  const random = seededRandom(seed);
  const about = (value: number): number => value * (0.8 + random() * 0.4);
  let regret = 0;
  for (let round = 0; round < world.rounds; round++) {
    const at = round / world.rounds;
    const worth = worthOf(world, at);
    const chosen = policy.choose();
    regret += Math.max(...worth) - (worth[chosen] ?? 0);
    const model = world.models[chosen];
    if (model === undefined) continue;
    const chance = model.success(at);
    const ok = random() < chance;
    const latency = about(model.latency(at));
    const judged = { quality: Math.min(1, about(model.quality(at))), costUsd: about(model.costUsd(at)) };
    const outcome = world.judge === 'success' ? { ok, latency } : { ok, latency, ...judged };
    policy.learn(chosen, outcome, ok ? (worth[chosen] ?? 0) / (world.judge === 'success' ? chance : 1) : 0);
  }
  return regret / world.rounds;
}

function worthOf({ models, judge }: World, at: number): number[] {
  if (judge === 'success') return models.map(({ success }) => success(at));
  const fastest = Math.min(...models.map(({ latency }) => latency(at)));
  const cheapest = Math.min(...models.map(({ costUsd }) => costUsd(at)));
  return models.map(
    ({ success, quality, latency, costUsd }) =>
      success(at) * (0.6 * quality(at) + (0.2 * fastest) / latency(at) + (0.2 * cheapest) / costUsd(at)),
  );
}

/** The selector with its defaults; it is told the list prices that hold at first. */
export function selectorPolicy(
  models: readonly TrueModel[],
  seed: number,
  exploration: 'thompson' | 'ucb' = 'thompson',
  request: () => Parameters<ModelSelector['select']>[0] = () => ({}),
): Policy {
  let elapsed = 0;
  const clock: Clock = {
    now: () => elapsed,
    elapsed: () => elapsed,
    schedule: () => ({ cancel: () => undefined }),
    sleep: () => Promise.resolve(),
  };
  const selector = new ModelSelector({
    name: 'replay',
    candidates: models.map(({ costUsd }, index) => {
      const perMillion = (costUsd(0) * 1_000_000) / 2_500;
      return { model: `m${index}`, provider: 'test', prices: { input: perMillion, output: perMillion } };
    }),
    exploration,
    clock,
    random: seededRandom(seed),
    telemetry: noTelemetry,
  });
  let decision: ModelDecision | undefined;
  return {
    choose: () => {
      elapsed += 1_000;
      decision = selector.select(request());
      return Number(decision.model.slice(1));
    },
    learn: (index, outcome) => selector.report(decision ?? `m${index}`, outcome),
  };
}

/** Always the model that was best at first. */
export function fixedPolicy(model: number): Policy {
  return { choose: () => model, learn: () => undefined };
}

/** Mostly the best mean reward so far, at random one time in ten. */
export function epsilonGreedy(models: number, seed: number, epsilon = 0.1): Policy {
  const random = seededRandom(seed);
  const rewards = new Array<number>(models).fill(1);
  const all = new Array<number>(models).fill(1);
  return {
    choose: () => {
      if (random() < epsilon) return Math.floor(random() * models);
      const means = rewards.map((sum, model) => sum / (all[model] ?? 1));
      return means.indexOf(Math.max(...means));
    },
    learn: (model, _outcome, reward) => {
      all[model] = (all[model] ?? 0) + 1;
      rewards[model] = (rewards[model] ?? 0) + reward;
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
    learn: (model, { ok, latency }) => {
      all[model] = (all[model] ?? 0) + 1;
      time[model] = (time[model] ?? 0) + latency;
      if (ok) good[model] = (good[model] ?? 0) + 1;
    },
  };
}
