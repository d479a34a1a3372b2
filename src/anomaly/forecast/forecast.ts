import type { EpochMillis, Millis } from '../../base/clock';
import { drawIn } from '../change-points/clean';
import { repeatingPeriod } from '../change-points/repeating-period';
import { calendarPeriods, orderly, usualStep } from '../series';
import type { SeriesPoint } from '../series';
import type { FittedForecast } from './fitted';
import { fitRegression } from './regression-forecast';
import { growingWaves, noSeason, profileOf, waves } from './season-shape';
import type { SeasonShape } from './season-shape';
import { fitSmoothing } from './smoothing-forecast';
import { spreadOf } from './surprise-spread';

/** What is expected at one instant to come. */
export interface ForecastPoint {
  readonly t: EpochMillis;
  readonly mean: number;
  /** The value lies between these with the probability asked for. */
  readonly lower: number;
  readonly upper: number;
}

/** How a series is looked ahead; every option has a default that fits any series. */
export interface ForecastOptions {
  /** Share of values that lie within the interval, above 0 and below 1: 0.8. */
  readonly coverage?: number;
  /** A period that repeats; `auto` tries a day, a week and what the series itself suggests. */
  readonly season?: Millis | 'auto' | 'none';
  /** What the series can never be below, or above. */
  readonly least?: number;
  readonly most?: number;
}

const LEAST_POINTS = 4;
/** Older points are left out. */
const MOST_POINTS = 4000;
const HARMONICS = [1, 2, 4];

/**
 * What a series will do, `horizon` steps ahead of its last point. Of several models (level or trend, with or without a
 * season, with noise that comes back; smoothing with or without drift) the one that describes the past best for its size.
 * Empty when fewer than four points, or no step, are there.
 */
export function forecast(
  series: readonly SeriesPoint[],
  horizon: number,
  options: ForecastOptions = {},
): ForecastPoint[] {
  const points = orderly(series).slice(-MOST_POINTS);
  const step = usualStep(points);
  const last = points[points.length - 1];
  if (points.length < LEAST_POINTS || last === undefined || step <= 0) return [];
  const model = fitForecast(points, step, options.season ?? 'auto');
  const spread = spreadOf(model.surprises, options.coverage ?? 0.8);
  const clamp = (value: number): number =>
    Math.min(options.most ?? Infinity, Math.max(options.least ?? -Infinity, value));
  let echoes = 0;
  return Array.from({ length: Math.max(0, Math.floor(horizon)) }, (_, at) => {
    const t = last.t + (at + 1) * step;
    echoes += model.echo(at) ** 2;
    const deviation = Math.sqrt(model.sigma ** 2 * echoes + model.parameterVariance([t]));
    const mean = model.meanAt(at + 1, t);
    const reach = (side: number): number => clamp(mean + deviation * side);
    return { t, mean: clamp(mean), lower: reach(spread.lower), upper: reach(spread.upper) };
  });
}

/** The model that describes the series best for its size. */
export function fitForecast(
  points: readonly SeriesPoint[],
  step: Millis,
  season: Millis | 'auto' | 'none',
): FittedForecast {
  const shapes = shapesOf(points, step, periodsOf(points, step, season));
  const fits: FittedForecast[] = [];
  for (const shape of shapes)
    for (const trend of [false, true]) fits.push(fitRegression(points, step, { season: shape, trend }));
  // Smoothing has no waves of its own: a season is a profile that is taken off first.
  for (const shape of shapes.filter((one) => one.waves(0).length === 0))
    for (const drift of [false, true]) fits.push(fitSmoothing(points, step, shape, drift));
  return fits.reduce((best, fit) => (fit.criterion < best.criterion ? fit : best));
}

function shapesOf(points: readonly SeriesPoint[], step: Millis, periods: readonly Millis[]): SeasonShape[] {
  const shapes: SeasonShape[] = [noSeason];
  for (const period of periods) {
    const count = Math.round(period / step);
    for (const harmonics of HARMONICS)
      if (2 * harmonics < count) shapes.push(waves(period, harmonics), growingWaves(period, harmonics, points));
    if (points.length >= 2 * count) shapes.push(profileOf(points, period, step));
  }
  return shapes;
}

function periodsOf(points: readonly SeriesPoint[], step: Millis, season: Millis | 'auto' | 'none'): Millis[] {
  if (season === 'none') return [];
  if (season !== 'auto') return [season];
  const periods = calendarPeriods(points, step);
  const own = repeatingPeriod(drawIn(Float64Array.from(points, (point) => point.value)));
  if (own !== undefined && !periods.some((period) => Math.abs(period / step - own) < 1.5)) periods.push(own * step);
  return periods;
}
