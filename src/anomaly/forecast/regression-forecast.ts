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
  const design = designOf(series, step, terms);
  let best: FittedForecast | undefined;
  for (const phi of PHI) {
    const fitted = fitWith(design, phi);
    if (best === undefined || fitted.criterion < best.criterion) best = fitted;
  }
  return best ?? fitWith(design, 0);
}

/** What is the same whatever the autocorrelation. */
interface Design {
  readonly terms: RegressionTerms;
  /** The values less the season's profile. */
  readonly raw: Float64Array;
  /** The regression's row at an instant, and its columns over the series. */
  readonly row: (t: EpochMillis) => number[];
  readonly columns: readonly Float64Array[];
  /** Steps between each point and the one before it. */
  readonly gaps: Float64Array;
}

function designOf(series: readonly SeriesPoint[], step: Millis, terms: RegressionTerms): Design {
  const { trend, season } = terms;
  const n = series.length;
  const origin = series[0]?.t ?? 0;
  const span = (series[n - 1]?.t ?? 0) - origin || 1;
  const row = (t: EpochMillis): number[] => [1, ...(trend ? [(t - origin) / span] : []), ...season.waves(t)];
  const columns = row(origin).map(() => new Float64Array(n));
  series.forEach((point, at) => row(point.t).forEach((value, column) => void ((columns[column] ?? [])[at] = value)));
  return {
    terms,
    row,
    columns,
    raw: Float64Array.from(series, (point) => point.value - season.profile(point.t)),
    gaps: Float64Array.from(series, (point, at) => Math.max(1, (point.t - (series[at - 1]?.t ?? 0)) / step)),
  };
}

function fitWith({ terms: { trend, season }, raw, row, columns, gaps }: Design, phi: number): FittedForecast {
  const n = raw.length;
  const whitener = whitenerOf(gaps, phi);
  const free = columns.map((column) => whitened(column, whitener));
  const matrix = free.map((one) => free.map((other) => product(one, other)));
  const expectationsOf = (values: Float64Array): { factors: number[]; expected: Float64Array } => {
    const target = whitened(values, whitener);
    const factors = solveSymmetric(
      copyOf(matrix),
      free.map((column) => product(column, target)),
    );
    return { factors, expected: combined(columns, factors) };
  };
  // Twice: the second time with the surprises of the first drawn in.
  let values = raw;
  let { factors, expected } = expectationsOf(values);
  for (let round = 0; round < 2; round++) {
    values = drawInSurprises(raw, { fitted: expected, spec: { phi } });
    ({ factors, expected } = expectationsOf(values));
  }
  const surprises = new Float64Array(n);
  let squares = 0;
  let before = 0;
  for (let at = 0; at < n; at++) {
    const residual = (raw[at] ?? 0) - (expected[at] ?? 0);
    const surprise = residual - (whitener.links[at] ?? 0) * before;
    surprises[at] = surprise;
    squares += surprise * surprise;
    before = residual;
  }
  const size = columns.length + season.size + (phi > 0 ? 1 : 0);
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
    meanAt: (h, t) => product(row(t), factors) + season.profile(t) + lastResidual * phi ** h,
    echo: (j) => echo ** j,
    parameterVariance: (ts) => {
      const total = new Array<number>(columns.length).fill(0);
      for (const t of ts) row(t).forEach((value, at) => (total[at] = (total[at] ?? 0) + value));
      const share = product(total, solveSymmetric(copyOf(matrix), [...total]));
      return sigma * sigma * wider * (share + (season.profileShare * ts.length) / (1 - phi * phi));
    },
  };
}

/** What of the point before is still there, and by how much a surprise after a gap is smaller than its variance says. */
interface Whitener {
  readonly links: Float64Array;
  readonly scales: Float64Array;
}

function whitenerOf(gaps: Float64Array, phi: number): Whitener {
  const links = gaps.map((gap, at) => (at === 0 ? 0 : gap === 1 ? phi : phi ** gap));
  // A longer gap tells less of the one step's surprise: its own variance is larger.
  return { links, scales: links.map((link) => Math.sqrt((1 - phi * phi) / (1 - link * link))) };
}

function whitened(values: Float64Array, { links, scales }: Whitener): Float64Array {
  const result = new Float64Array(values.length);
  let before = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    result[at] = (value - (links[at] ?? 0) * before) * (scales[at] ?? 1);
    before = value;
  }
  return result;
}

function combined(columns: readonly Float64Array[], factors: readonly number[]): Float64Array {
  const sum = new Float64Array(columns[0]?.length ?? 0);
  columns.forEach((column, index) => {
    const factor = factors[index] ?? 0;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + factor * (column[at] ?? 0);
  });
  return sum;
}

function copyOf(matrix: readonly (readonly number[])[]): number[][] {
  return matrix.map((row) => [...row]);
}

function product(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
