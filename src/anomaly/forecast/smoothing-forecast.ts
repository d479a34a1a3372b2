import type { EpochMillis, Millis } from '../../base/clock';
import type { SeriesPoint } from '../series';
import { criterionOf } from './fitted';
import type { FittedForecast } from './fitted';
import type { SeasonShape } from './season-shape';

const ALPHA = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1];

/**
 * Exponential smoothing: the level goes wherever the series goes and stays there (or drifts on at the mean pace, with
 * `drift`). The season is taken off first.
 *
 * Source: simple exponential smoothing with drift (Hyndman and Billah 2003).
 */
export function fitSmoothing(
  series: readonly SeriesPoint[],
  step: Millis,
  season: SeasonShape,
  drift: boolean,
): FittedForecast {
  const fits = ALPHA.map((alpha) => fitWith(series, step, season, drift, alpha));
  return fits.reduce((best, fit) => (fit.criterion < best.criterion ? fit : best));
}

function fitWith(
  series: readonly SeriesPoint[],
  step: Millis,
  season: SeasonShape,
  drift: boolean,
  alpha: number,
): FittedForecast {
  const n = series.length;
  const values = series.map((point) => point.value - season.profile(point.t));
  const first = series[0]?.t ?? 0;
  const last = series[n - 1]?.t ?? 0;
  const pace = drift ? paceOf(series, values, first, last) : 0;
  const start = values.slice(0, Math.max(1, Math.ceil(Math.min(n, 1 / alpha) / 2)));
  let level = start.reduce((sum, value) => sum + value, 0) / start.length;
  const surprises = new Float64Array(n);
  for (let at = 0; at < n; at++) {
    const gap = at === 0 ? 0 : (series[at]?.t ?? 0) - (series[at - 1]?.t ?? 0);
    const expected = level + pace * gap;
    const surprise = (values[at] ?? 0) - expected;
    surprises[at] = at === 0 ? 0 : surprise;
    // After a gap the past counts less: as if the missing points had been like the new one.
    level = expected + (1 - (1 - alpha) ** Math.max(1, gap / step)) * surprise;
  }
  const size = 2 + (drift ? 1 : 0) + season.size;
  const squares = surprises.reduce((sum, value) => sum + value * value, 0);
  const sigma = Math.sqrt(squares / Math.max(1, n - size));
  const settled = level;
  return {
    name: `smoothing${drift ? ' with drift' : ''}${season.name === '' ? '' : ` with ${season.name}`}`,
    criterion: criterionOf(surprises, size, values),
    sigma,
    surprises,
    meanAt: (_, t) => settled + pace * (t - last) + season.profile(t),
    echo: (j) => (j === 0 ? 1 : alpha),
    parameterVariance: (ts) => {
      const ahead = ts.reduce((sum, t) => sum + (t - last), 0) / (last - first || 1);
      return sigma * sigma * ((drift ? alpha * alpha * n * ahead * ahead : 0) + season.profileShare * ts.length);
    },
  };
}

/** The mean pace per millisecond, between the means of the first and the last tenth. */
function paceOf(
  series: readonly SeriesPoint[],
  values: readonly number[],
  first: EpochMillis,
  last: EpochMillis,
): number {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const times = series.map((point) => point.t - first);
  const span = mean(times.slice(-tenth)) - mean(times.slice(0, tenth)) || last - first || 1;
  return (mean(values.slice(-tenth)) - mean(values.slice(0, tenth))) / span;
}
