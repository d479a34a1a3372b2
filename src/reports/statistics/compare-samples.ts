import type { EpochMillis } from '../../base/clock';
import { tQuantile, twoSidedP } from './distributions';
import { leastSquares } from './least-squares';
import type { Fit } from './least-squares';
import { longRunVariance } from './long-run';
import { mean, median, quantileOf, sorted } from './order';

/** One measurement. */
export interface Measured {
  readonly t: EpochMillis;
  readonly value: number;
}

/** How two samples are compared. */
export interface CompareOptions {
  /** `ratio`: of positive figures such as durations; `difference`: of shares and counts. */
  readonly scale: 'ratio' | 'difference';
  /** The chance of a verdict where nothing changed. */
  readonly alpha: number;
  /** Whether one sample lies after the other in time, so that a trend could pass for a change. */
  readonly consecutive: boolean;
}

/** How a candidate differs from its baseline. Effects of ratios are relative: 0.05 is 5 % more. */
export interface Difference {
  readonly effect: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** The smallest effect that these samples would show nine times of ten; in the unit of `effect`. */
  readonly detectable: number;
  /** Independent measurements that the samples are worth, both together. */
  readonly effective: number;
  /** Whether a trend over both samples was taken out. */
  readonly trend: boolean;
}

const LEAST = 20;
const BLOCKS = 240;
const DAY = 86_400_000;
/** Outliers are drawn in to so many scaled deviations from their sample's median. */
const FENCE = 3;
/** A trend within the samples is taken out when it is this sure. */
const TREND = 2.6;
/** Power of 90 %. */
const Z_POWER = 1.2816;

/**
 * A robust comparison of two samples in time: outliers drawn in, the daily cycle taken out where both samples show it,
 * blocks of neighbours averaged, and the error taken from the blocks' own memory (long-run variance of an
 * autoregression). Where the samples follow each other, a steady trend through both is no difference.
 * Undefined with fewer than 20 measurements on a side.
 */
export function compareSamples(
  baseline: readonly Measured[],
  candidate: readonly Measured[],
  { scale, alpha, consecutive }: CompareOptions,
): Difference | undefined {
  const sides = [baseline, candidate].map((side) => prepare(side, scale));
  const [before, after] = sides;
  if (before === undefined || after === undefined || before.length < LEAST || after.length < LEAST) return undefined;
  const season = sides.every((side) => spanOf(side) >= 0.9 * DAY) ? seasonOf(before, after) : undefined;
  const flat =
    season === undefined ? sides : sides.map((side) => side.map(({ t, value }) => ({ t, value: value - season(t) })));
  const fenced = scale === 'ratio' ? flat.map(fence) : flat;
  const blocks = fenced.map((side) => blocksOf(side));
  const rows = blocks.flatMap((side, index) => side.map(({ t, value }) => ({ t, value, candidate: index })));
  const centre = mean(rows.map(({ t }) => t));
  const spread = Math.max(1, spanOf(rows));
  const design = (withTrend: boolean): number[][] =>
    rows.map(({ t, candidate: side }) => [1, side, ...(withTrend ? [(t - centre) / spread] : [])]);
  const y = rows.map(({ value }) => value);
  const plain = leastSquares(design(false), y);
  if (plain === undefined) return undefined;
  const trended = consecutive ? leastSquares(design(true), y) : undefined;
  const lengths = blocks.map(({ length }) => length);
  const trend = trended !== undefined && Math.abs(tOf(trended, 2, lengths)) > TREND && sameSlope(blocks);
  const fit = trend ? trended : plain;
  const step = fit.coefficients[1] ?? 0;
  const { error, freedom } = errorOf(fit, 1, lengths);
  if (!(error > 0)) return undefined;
  const margin = tQuantile(alpha, freedom) * error;
  const detectable = margin + Z_POWER * error;
  const toEffect = (value: number): number => (scale === 'ratio' ? Math.expm1(value) : value);
  return {
    effect: toEffect(step),
    low: toEffect(step - margin),
    high: toEffect(step + margin),
    p: twoSidedP(step / error, freedom),
    detectable: toEffect(detectable),
    effective: freedom + 2,
    trend,
  };
}

function prepare(side: readonly Measured[], scale: CompareOptions['scale']): Measured[] {
  const usable = side.filter(({ value }) => Number.isFinite(value) && (scale === 'difference' || value > 0));
  return usable
    .map(({ t, value }) => ({ t, value: scale === 'ratio' ? Math.log(value) : value }))
    .sort((a, b) => a.t - b.t);
}

function spanOf(side: readonly Measured[]): number {
  return (side.at(-1)?.t ?? 0) - (side[0]?.t ?? 0);
}

/** The daily cycle as three harmonics, with a level of its own for each sample. */
function seasonOf(before: readonly Measured[], after: readonly Measured[]): ((t: EpochMillis) => number) | undefined {
  const waves = (t: EpochMillis): number[] =>
    [1, 2, 3].flatMap((k) => [Math.sin((2 * Math.PI * k * t) / DAY), Math.cos((2 * Math.PI * k * t) / DAY)]);
  const all = [
    ...fence(before).map((point) => ({ ...point, side: 0 })),
    ...fence(after).map((point) => ({ ...point, side: 1 })),
  ];
  const fit = leastSquares(
    all.map(({ t, side }) => [1, side, ...waves(t)]),
    all.map(({ value }) => value),
  );
  if (fit === undefined) return undefined;
  const own = fit.coefficients.slice(2);
  return (t) => waves(t).reduce((sum, wave, index) => sum + wave * (own[index] ?? 0), 0);
}

function fence(side: readonly Measured[]): Measured[] {
  const values = sorted(side.map(({ value }) => value));
  const middle = quantileOf(values, 0.5);
  const deviation = 1.4826 * median(values.map((value) => Math.abs(value - middle)));
  const reach =
    FENCE * (deviation > 0 ? deviation : Math.max(1e-9, (quantileOf(values, 0.95) - quantileOf(values, 0.05)) / 3));
  return side.map(({ t, value }) => ({ t, value: Math.min(middle + reach, Math.max(middle - reach, value)) }));
}

/** Means of neighbours, so that at most `BLOCKS` remain. */
function blocksOf(side: readonly Measured[]): Measured[] {
  const size = Math.ceil(side.length / BLOCKS);
  const blocks: Measured[] = [];
  for (let from = 0; from + size <= side.length; from += size) {
    const part = side.slice(from, from + size);
    blocks.push({ t: mean(part.map(({ t }) => t)), value: mean(part.map(({ value }) => value)) });
  }
  return blocks;
}

/** Whether both sides climb the same way: then it is one trend, not a step between two levels. */
function sameSlope(blocks: readonly (readonly Measured[])[]): boolean {
  const slopes = blocks.map((side) => {
    const centre = mean(side.map(({ t }) => t));
    const spread = Math.max(1, spanOf(side));
    const fit = leastSquares(
      side.map(({ t }) => [1, (t - centre) / spread]),
      side.map(({ value }) => value),
    );
    return fit === undefined
      ? { slope: 0, t: 0 }
      : { slope: (fit.coefficients[1] ?? 0) / spread, t: tOf(fit, 1, [side.length]) };
  });
  const [first, second] = slopes;
  return (
    first !== undefined &&
    second !== undefined &&
    first.slope * second.slope > 0 &&
    Math.max(Math.abs(first.t), Math.abs(second.t)) > 1.5
  );
}

function tOf(fit: Fit, column: number, lengths: readonly number[]): number {
  const { error } = errorOf(fit, column, lengths);
  return error > 0 ? (fit.coefficients[column] ?? 0) / error : 0;
}

/** The error of a coefficient when neighbouring residuals resemble each other. */
function errorOf(fit: Fit, column: number, lengths: readonly number[]): { error: number; freedom: number } {
  const sides: number[][] = [];
  let from = 0;
  for (const length of lengths) sides.push(fit.residuals.slice(from, (from += length)));
  const width = fit.coefficients.length;
  const { variance, inflation } = longRunVariance(sides, width);
  const size = fit.residuals.length;
  const freedom = Math.max(3, size / inflation - width);
  return { error: Math.sqrt(variance * (fit.inverse[column]?.[column] ?? 0)), freedom };
}
