import type { EpochMillis, Millis } from '../../base/clock';
import { medianOf } from '../series';
import type { SeriesPoint } from '../series';

/** A repeating pattern as a forecast uses it: waves whose height is fitted, or a profile that was read off. */
export interface SeasonShape {
  /** For people; empty for none. */
  readonly name: string;
  /** Columns of a regression at `t`. */
  waves(t: EpochMillis): number[];
  /** What the pattern adds at `t` by itself. */
  profile(t: EpochMillis): number;
  /** Parameters of the profile. */
  readonly size: number;
  /** Variance of a figure of the profile as a share of the noise's. */
  readonly profileShare: number;
}

/** Nothing repeats. */
export const noSeason: SeasonShape = { name: '', waves: () => [], profile: () => 0, size: 0, profileShare: 0 };

/** Sines and cosines of the period and of its fractions down to the `harmonics`-th. */
export function waves(period: Millis, harmonics: number): SeasonShape {
  const orders = Array.from({ length: harmonics }, (_, at) => at + 1);
  return {
    ...noSeason,
    name: `waves of ${period / 3_600_000} h`,
    waves: (t) =>
      orders.flatMap((order) => {
        const angle = (2 * Math.PI * order * (t % period)) / period;
        return [Math.sin(angle), Math.cos(angle)];
      }),
  };
}

/** Waves whose height grows or shrinks with time, as those of a series do that grows as a whole. */
export function growingWaves(period: Millis, harmonics: number, series: readonly SeriesPoint[]): SeasonShape {
  const even = waves(period, harmonics);
  const first = series[0]?.t ?? 0;
  const span = (series[series.length - 1]?.t ?? 0) - first || 1;
  return {
    ...even,
    name: `growing ${even.name}`,
    waves: (t) => {
      const columns = even.waves(t);
      return [...columns, ...columns.map((value) => (value * (t - first)) / span)];
    },
  };
}

/** The median, over the cycles seen, of what the series did at each phase, against the mean around it. */
export function profileOf(series: readonly SeriesPoint[], period: Millis, step: Millis): SeasonShape {
  const count = Math.max(1, Math.round(period / step));
  const phase = (t: EpochMillis): number => Math.round(((((t % period) + period) % period) / period) * count) % count;
  const level = levelsAround(series, period);
  const byPhase = Array.from({ length: count }, (): number[] => []);
  series.forEach((point, at) => byPhase[phase(point.t)]?.push(point.value - (level[at] ?? 0)));
  const figures = byPhase.map((values) => (values.length === 0 ? 0 : middleOf(values)));
  const mean = figures.reduce((sum, value) => sum + value, 0) / count;
  const cycles = series.length / count;
  return {
    ...noSeason,
    name: `profile of ${period / 3_600_000} h`,
    profile: (t) => (figures[phase(t)] ?? 0) - mean,
    size: count / 2,
    profileShare: 1 / cycles,
  };
}

/** Mean of the period around each point; at the ends, the trend between whole periods goes on. */
function levelsAround(series: readonly SeriesPoint[], period: Millis): Float64Array {
  const n = series.length;
  const sums = new Float64Array(n + 1);
  for (let at = 0; at < n; at++) sums[at + 1] = (sums[at] ?? 0) + (series[at]?.value ?? 0);
  let from = 0;
  let to = 0;
  const first = series[0]?.t ?? 0;
  const last = series[n - 1]?.t ?? 0;
  return Float64Array.from(series, (point) => {
    const begin = Math.min(Math.max(first, point.t - period / 2), Math.max(first, last - period));
    while (from < n && (series[from]?.t ?? 0) < begin) from++;
    while (to < n && (series[to]?.t ?? 0) < begin + period) to++;
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / Math.max(1, to - from);
  });
}

function middleOf(values: readonly number[]): number {
  // With few cycles the mean tells more; with many the median shrugs off a bad day.
  return values.length < 4 ? values.reduce((sum, value) => sum + value, 0) / values.length : medianOf(values);
}
