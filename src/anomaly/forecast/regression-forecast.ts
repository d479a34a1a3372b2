import type { EpochMillis, Millis } from '../../base/clock';
import { drawInSurprises } from '../change-points/clean';
import { solveSymmetric } from '../change-points/linear-solve';
import type { SeriesPoint } from '../series';
import { criterionOf } from './fitted';
import type { FittedForecast } from './fitted';
import type { SeasonShape } from './season-shape';

const PHI = [0, 0.2, 0.4, 0.6, 0.75, 0.88];

const MOST_PHI = 0.98;
/** Noise as sluggish as the most sluggish tried may never come back: smoothing, which knows that, wins a near tie. */
const WANDERING = 6;

/** What a regression is made of besides a level. */
export interface RegressionTerms {
  readonly trend: boolean;
  readonly season: SeasonShape;
}

/**
 * A level, a trend and a season with noise that is autocorrelated: what wandered off comes back. The autocorrelation is
 * the one that describes the series best.
 */
export function fitRegression(series: readonly SeriesPoint[], step: Millis, terms: RegressionTerms): FittedForecast {
  let best: FittedForecast | undefined;
  for (const phi of PHI) {
    const fitted = fitWith(series, step, terms, phi);
    if (best === undefined || fitted.criterion < best.criterion) best = fitted;
  }
  return best ?? fitWith(series, step, terms, 0);
}

function fitWith(
  series: readonly SeriesPoint[],
  step: Millis,
  { trend, season }: RegressionTerms,
  phi: number,
): FittedForecast {
  const n = series.length;
  const origin = series[0]?.t ?? 0;
  const last = series[n - 1] ?? { t: 0, value: 0 };
  const span = last.t - origin || 1;
  const row = (t: EpochMillis): number[] => [1, ...(trend ? [(t - origin) / span] : []), ...season.waves(t)];
  const rows = series.map((point) => row(point.t));
  const raw = Float64Array.from(series, (point) => point.value - season.profile(point.t));
  const links = series.map((point, at) =>
    at === 0 ? 0 : phi ** Math.max(1, (point.t - (series[at - 1]?.t ?? 0)) / step),
  );
  // Twice: the second time with the surprises of the first drawn in.
  let values: Float64Array = raw;
  let solved = solve(rows, values, links, phi);
  for (let round = 0; round < 2; round++) {
    values = drawInSurprises(raw, { fitted: expectations(rows, solved.factors), spec: { phi } });
    solved = solve(rows, values, links, phi);
  }
  const expected = expectations(rows, solved.factors);
  const residuals = raw.map((value, at) => value - (expected[at] ?? 0));
  const surprises = residuals.map((residual, at) => residual - (links[at] ?? 0) * (residuals[at - 1] ?? 0));
  const size = (rows[0]?.length ?? 1) + season.size + (phi > 0 ? 1 : 0);
  const squares = surprises.reduce((sum, value) => sum + value * value, 0);
  const sigma = Math.sqrt(squares / Math.max(1, n - size));
  // Autocorrelation is estimated too low, the more so the fewer points there are (Marriott and Pope 1954).
  const echo = phi === 0 ? 0 : Math.min(MOST_PHI, phi + (1 + 3 * phi) / n);
  const wider = ((1 - phi) / (1 - echo)) ** 2;
  const lastResidual = (values[n - 1] ?? 0) - (expected[n - 1] ?? 0);
  return {
    name: `${trend ? 'trend' : 'level'}${season.name === '' ? '' : ` with ${season.name}`}`,
    criterion: criterionOf(surprises, size, raw) + (phi === PHI[PHI.length - 1] ? WANDERING : 0),
    sigma,
    surprises,
    meanAt: (h, t) => dot(row(t), solved.factors) + season.profile(t) + lastResidual * phi ** h,
    echo: (j) => echo ** j,
    parameterVariance: (ts) => {
      const total = new Array<number>(rows[0]?.length ?? 1).fill(0);
      for (const t of ts) row(t).forEach((value, at) => (total[at] = (total[at] ?? 0) + value));
      const factors = solveSymmetric(copyOf(solved.matrix), [...total]);
      return sigma * sigma * wider * (dot(total, factors) + (season.profileShare * ts.length) / (1 - phi * phi));
    },
  };
}

function solve(
  rows: readonly (readonly number[])[],
  values: Float64Array,
  links: readonly number[],
  phi: number,
): { factors: number[]; matrix: number[][] } {
  const size = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  const whitened = rows.map((row, at) => {
    const link = links[at] ?? 0;
    // A longer gap tells less of the one step's surprise: its own variance is larger.
    const scale = Math.sqrt((1 - phi * phi) / (1 - link * link));
    const before = rows[at - 1];
    const y = ((values[at] ?? 0) - link * (values[at - 1] ?? 0)) * scale;
    return { row: row.map((value, column) => (value - link * (before?.[column] ?? 0)) * scale), y };
  });
  for (const { row, y } of whitened)
    for (let one = 0; one < size; one++) {
      right[one] = (right[one] ?? 0) + (row[one] ?? 0) * y;
      const line = matrix[one] ?? [];
      for (let other = 0; other < size; other++) line[other] = (line[other] ?? 0) + (row[one] ?? 0) * (row[other] ?? 0);
    }
  const factors = solveSymmetric(copyOf(matrix), right);
  return { factors, matrix };
}

function expectations(rows: readonly (readonly number[])[], factors: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => dot(row, factors));
}

function copyOf(matrix: readonly (readonly number[])[]): number[][] {
  return matrix.map((row) => [...row]);
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
}
