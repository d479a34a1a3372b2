import type { SeriesPoint } from '../series';

/** Numbers in [0, 1) from a seed: the same every time. Source: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A draw from the standard normal distribution. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Kinds of noise, each of about unit variance. */
export const NOISES = {
  normal,
  /** Student's t with three degrees of freedom. */
  heavy: (random: () => number): number => {
    const squares = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2;
    return normal(random) / Math.sqrt(squares / 3) / Math.sqrt(3);
  },
  laplace: (random: () => number): number => {
    const half = random() - 0.5;
    return (-Math.sign(half) * Math.log(1 - 2 * Math.abs(half))) / Math.SQRT2;
  },
  /** Mostly quiet, one in fifty far out. */
  spiky: (random: () => number): number => normal(random) * (random() < 0.02 ? 6 : 0.77),
  /** A long upper tail, as latency has. */
  skewed: (random: () => number): number => (Math.exp(0.7 * normal(random)) - 1.278) / 1.014,
} as const;

/** The name of a kind of noise. */
export type NoiseName = keyof typeof NOISES;

/** What a generated series holds. Shares are of the level, which is `level`. */
export interface GeneratedShape {
  readonly points: number;
  readonly seed: number;
  readonly level?: number;
  /** Standard deviation of the noise as a share of the level. */
  readonly noise: number;
  readonly kind?: NoiseName;
  /** First-order autocorrelation of the noise, 0 to below 1. */
  readonly phi?: number;
  /** Growth over the whole series, as a share of the level. */
  readonly trend?: number;
  /** Amplitude of a daily cycle, as a share of the level; and its points per day. */
  readonly cycle?: number;
  readonly perDay?: number;
  /** Where the level moves, and by which share. */
  readonly shifts?: readonly { readonly at: number; readonly share: number }[];
  /** Where the noise's deviation is multiplied from. */
  readonly spread?: { readonly at: number; readonly times: number };
}

/** A series by its shape; the same for the same seed. */
export function generate(shape: GeneratedShape): SeriesPoint[] {
  const { points, seed, level = 100, noise, kind = 'normal', phi = 0, trend = 0, cycle = 0, perDay = 96 } = shape;
  const random = randomFrom(seed);
  const phase = random() * 2 * Math.PI;
  const step = 86_400_000 / perDay;
  let state = NOISES[kind](random);
  return Array.from({ length: points }, (_, at) => {
    state = phi * state + Math.sqrt(1 - phi * phi) * NOISES[kind](random);
    let mean = 1 + (trend * at) / points;
    for (const shift of shape.shifts ?? []) if (at >= shift.at) mean *= 1 + shift.share;
    const angle = (2 * Math.PI * at) / perDay + phase;
    const daily = cycle * (Math.sin(angle) + 0.3 * Math.sin(2 * angle + 1));
    const times = shape.spread !== undefined && at >= shape.spread.at ? shape.spread.times : 1;
    return { t: 1_700_000_000_000 + at * step, value: level * (mean * (1 + daily) + noise * times * state) };
  });
}
