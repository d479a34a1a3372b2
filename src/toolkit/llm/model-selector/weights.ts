import type { SelectionRequest, SelectionRule, Weights } from './types';

const DEFAULT: Weights = { quality: 0.6, latency: 0.2, cost: 0.2 };
const URGENCY = { low: 0.5, normal: 1, high: 3 } as const;

/** Weights that sum to 1: the given ones, bent by complexity and urgency, then by the rules in order. */
export function weightsFor(
  { complexity = 0.5, urgency = 'normal' }: SelectionRequest,
  rules: readonly SelectionRule[],
  given: Weights = DEFAULT,
): Weights {
  const bent = {
    quality: given.quality * (0.5 + Math.min(1, Math.max(0, complexity))),
    latency: given.latency * URGENCY[urgency],
    cost: given.cost * (1.5 - Math.min(1, Math.max(0, complexity))),
  };
  const { quality, latency, cost } = rules.reduce((weights, rule) => ({ ...weights, ...rule.weights }), bent);
  const sum = quality + latency + cost;
  return sum > 0 ? { quality: quality / sum, latency: latency / sum, cost: cost / sum } : DEFAULT;
}
