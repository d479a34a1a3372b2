import { drawBeta, drawNormal } from './beta';
import type { Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Level } from './level';
import type { ModelStatistics } from './model-statistics';
import type { ModelCandidate } from './types';

/** How many outcomes of a model in general speak for one tier of complexity, at most. */
const SHARED = 12;
/** Draws of success are from a narrower distribution than what is known: less exploration, and what changes is noticed all the same. */
const SHARPNESS = 3;
/** Standard deviations that the bounds of UCB lie away, for what is not a success ratio. */
const BOUND = 1;
/** A quantity that fewer of the outcomes tell of is taken as believed: draws would be noise that never ends. */
const REPORTED = 0.2;

/** A mean with how far it may be off. */
export interface Guess {
  readonly mean: number;
  readonly uncertainty: number;
}

/** What is believed of one model for one request. */
export interface Estimate {
  /** Parameters of the Beta distribution of the success ratio. */
  readonly a: number;
  readonly b: number;
  /** 0 to 1. */
  readonly quality: Guess;
  /** Natural logarithm of milliseconds. */
  readonly latency: Guess;
  /** Natural logarithm of what calls cost over what they were expected to. */
  readonly price: Guess;
}

/** One value for each that a decision goes by. */
export interface Drawn {
  readonly success: number;
  readonly quality: number;
  readonly latency: Millis;
  /** Factor on the expected cost. */
  readonly price: number;
}

/** What outcomes of all models say together of one quantity. */
export interface Common {
  /** What is believed of a model of which nothing is known. */
  readonly mean: number;
  /** Standard deviation of a model's single values. */
  readonly spread: number;
}

/** For each quantity that a fair part of the outcomes told of. */
export interface Pool {
  readonly quality: Common | undefined;
  readonly latency: Common | undefined;
  readonly price: Common | undefined;
}

/** Pools what is known of all models. */
export function poolOf(all: readonly ModelStatistics[]): Pool {
  const outcomes = all.reduce((sum, { success }) => sum + success.weight, 0);
  const common = (levels: readonly Level[]): Common | undefined => {
    const weight = levels.reduce((sum, level) => sum + level.weight, 0);
    const [first] = levels;
    if (first === undefined || weight === 0 || weight < REPORTED * outcomes) return undefined;
    const total = levels.reduce((sum, level) => sum + level.total, 0);
    const deviations = levels.reduce((sum, level) => sum + level.deviations, 0);
    return { mean: total / weight, spread: Math.sqrt((deviations + first.belief.spread ** 2) / (weight + 1)) };
  };
  return {
    quality: common(all.map(({ quality }) => quality)),
    latency: common(all.map(({ latency }) => latency)),
    price: common(all.map(({ price }) => price)),
  };
}

/**
 * What is believed of a model for work of one tier of complexity, its record in general speaking for a part. A candidate
 * that came without a quality or latency of its own is believed to be like the others.
 */
export function estimateOf(
  candidate: ModelCandidate,
  overall: ModelStatistics,
  tier: ModelStatistics | undefined,
  pool: Pool,
): Estimate {
  const { a, b } = overall.success.posterior;
  const quality = guess(overall.quality, pool.quality, candidate.quality);
  const latency = guess(overall.latency, pool.latency, candidate.latency);
  const price = guess(overall.price, pool.price, undefined);
  if (tier === undefined) return { a, b, quality, latency, price };
  const certainty = tier.success.weight / (tier.success.weight + SHARED);
  const share = Math.min(1, SHARED / (a + b)) * (1 - certainty);
  const own = guess(tier.quality, pool.quality, candidate.quality);
  return {
    a: tier.success.posterior.a + a * share,
    b: tier.success.posterior.b + b * share,
    quality: { ...own, mean: own.mean * certainty + quality.mean * (1 - certainty) },
    latency,
    price,
  };
}

/** @param given what the candidate came with; then that is where its mean begins */
function guess(level: Level, common: Common | undefined, given: number | undefined): Guess {
  if (common === undefined) return { mean: level.meanAround(), uncertainty: 0 };
  return {
    mean: level.meanAround(given === undefined ? common.mean : undefined),
    uncertainty: level.uncertaintyGiven(common.spread),
  };
}

/** The means. */
export function believed({ a, b, quality, latency, price }: Estimate): Drawn {
  return { success: a / (a + b), quality: quality.mean, latency: Math.exp(latency.mean), price: Math.exp(price.mean) };
}

/** A draw from what is believed: Thompson sampling. */
export function drawn({ a, b, quality, latency, price }: Estimate, random: Random): Drawn {
  const draw = ({ mean, uncertainty }: Guess): number =>
    uncertainty === 0 ? mean : mean + uncertainty * drawNormal(random);
  return {
    success: drawBeta(a * SHARPNESS, b * SHARPNESS, random),
    quality: Math.min(1, Math.max(0, draw(quality))),
    latency: Math.exp(draw(latency)),
    price: Math.exp(draw(price)),
  };
}

/** The most that may be hoped for. @param calls outcomes of all models that still count */
export function bounded({ a, b, quality, latency, price }: Estimate, calls: number): Drawn {
  const width = Math.sqrt((0.5 * Math.log(1 + calls)) / (4 * (a + b)));
  return {
    success: Math.min(1, a / (a + b) + width),
    quality: Math.min(1, quality.mean + BOUND * quality.uncertainty),
    latency: Math.exp(latency.mean - BOUND * latency.uncertainty),
    price: Math.exp(price.mean - BOUND * price.uncertainty),
  };
}
