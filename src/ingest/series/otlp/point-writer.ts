import type { EpochMillis } from '../../../base/clock';
import { Labels, METRIC_NAME } from '../../../domain/labels';
import {
  NO_RECORDED_VALUE,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type MetricExemplar,
  type NumberPoint,
  type PointHead,
  type SummaryPoint,
} from '../../../domain/metric-point';
import type { IncomingSample } from '../../../storage';
import { boundText } from '../number-text';
import type { OtlpSeriesConfig } from '../series.config';
import type { DeltaResult, DeltaTotals } from './delta-totals';
import { exemplarWithin, newestExemplar, toExemplar } from './exemplars';
import { toNativeHistogram, totalOf } from './exponential';
import { recalledExponential, recalledHistogram, recalledSum } from './recalled-total';
import type { NewestOf } from './recalled-total';

type LabelMap = ReadonlyMap<string, string>;

/** A delta series begins with a zero where its first point starts, at most so long before it. */
const MAX_START = 3_600_000;

/** Writes the points of one request as samples. */
export class PointWriter {
  readonly samples: IncomingSample[] = [];
  rejected = 0;
  /** Why points were rejected: one example. */
  reason = '';
  /** The newest time of any point; reset by the caller. */
  newest = -Infinity;

  constructor(
    private readonly config: OtlpSeriesConfig,
    private readonly totals: DeltaTotals,
    private readonly at: EpochMillis,
    private readonly newestOf: NewestOf,
  ) {}

  reject(count: number, reason: string): void {
    this.rejected += count;
    if (this.reason === '') this.reason = reason;
  }

  /** A gauge or sum; `delta` when its points are to be added up. */
  number(
    name: string,
    labels: LabelMap,
    point: NumberPoint,
    delta: { readonly stream: string; readonly monotonic: boolean } | undefined,
  ): void {
    const series = named(name, labels);
    if (isEnded(point)) {
      this.push(series, this.timeOf(point), NaN, true);
      return;
    }
    if (delta === undefined) {
      this.push(series, this.timeOf(point), point.value, false, newestExemplar(point.exemplars));
      return;
    }
    const result = this.totals.add(series.key, delta.stream, this.nanosOf(point), point, () =>
      recalledSum(this.newestOf, series),
    );
    if (result?.total.kind !== 'sum') {
      this.reject(1, `metric ${name}: a delta point older than one counted before`);
      return;
    }
    if (delta.monotonic) this.zero(result, point, [series]);
    this.push(series, result.t, result.total.value, false, newestExemplar(point.exemplars));
  }

  histogram(name: string, labels: LabelMap, point: HistogramPoint, stream: string | undefined): void {
    const { explicitBounds, bucketCounts } = point;
    if (bucketCounts.length !== 0 && bucketCounts.length !== explicitBounds.length + 1) {
      this.reject(1, `metric ${name}: ${bucketCounts.length} buckets for ${explicitBounds.length} bounds`);
      return;
    }
    const bounds = bucketCounts.length === 0 ? [Infinity] : [...explicitBounds, Infinity];
    const buckets = bounds.map((bound) => named(`${name}_bucket`, new Map([...labels, ['le', boundText(bound)]])));
    const sumSeries = named(`${name}_sum`, labels);
    const countSeries = named(`${name}_count`, labels);
    if (isEnded(point)) {
      for (const series of [...buckets, sumSeries, countSeries]) this.push(series, this.timeOf(point), NaN, true);
      return;
    }
    let total: { count: number; sum: number | undefined; bucketCounts: readonly number[] } = point;
    let t = this.timeOf(point);
    if (stream !== undefined) {
      const result = this.totals.add(countSeries.key, stream, this.nanosOf(point), point, () =>
        recalledHistogram(this.newestOf, { buckets, sum: sumSeries, count: countSeries }, point),
      );
      if (result?.total.kind !== 'histogram') {
        this.reject(1, `metric ${name}: a delta point older than one counted before`);
        return;
      }
      this.zero(result, point, [...buckets, sumSeries, countSeries]);
      ({ total, t } = { total: result.total, t: result.t });
    }
    let cumulative = 0;
    buckets.forEach((series, index) => {
      cumulative += total.bucketCounts[index] ?? 0;
      const upper = bounds[index] ?? Infinity;
      const value = upper === Infinity ? total.count : cumulative;
      this.push(series, t, value, false, exemplarWithin(point.exemplars, bounds[index - 1] ?? -Infinity, upper));
    });
    if (total.sum !== undefined) this.push(sumSeries, t, total.sum, false);
    this.push(countSeries, t, total.count, false);
  }

  exponential(name: string, labels: LabelMap, point: ExponentialHistogramPoint, stream: string | undefined): void {
    const series = named(name, labels);
    if (isEnded(point)) {
      this.push(series, this.timeOf(point), NaN, true);
      return;
    }
    let total = totalOf(point);
    let t = this.timeOf(point);
    if (stream !== undefined) {
      const result = this.totals.add(series.key, stream, this.nanosOf(point), point, () =>
        recalledExponential(this.newestOf, series),
      );
      if (result?.total.kind !== 'exponential') {
        this.reject(1, `metric ${name}: a delta point older than one counted before`);
        return;
      }
      ({ total, t } = { total: result.total.total, t: result.t });
    }
    const histogram = toNativeHistogram(total, 'unknown');
    if (histogram === undefined) {
      this.reject(1, `metric ${name}: an exponential histogram of scale ${total.scale} is coarser than -4`);
      return;
    }
    const newest = newestExemplar(point.exemplars);
    if (t > this.newest) this.newest = t;
    this.samples.push({
      labels: series,
      t,
      value: NaN,
      histogram,
      ...(newest && { exemplar: toExemplar(newest, t, this.config.translation) }),
    });
  }

  summary(name: string, labels: LabelMap, point: SummaryPoint): void {
    const t = this.timeOf(point);
    const ended = isEnded(point);
    for (const { quantile, value } of point.quantiles) {
      this.push(named(name, new Map([...labels, ['quantile', boundText(quantile)]])), t, ended ? NaN : value, ended);
    }
    this.push(named(`${name}_sum`, labels), t, ended ? NaN : point.sum, ended);
    this.push(named(`${name}_count`, labels), t, ended ? NaN : point.count, ended);
  }

  /** A delta series begins at zero, so that its first increase is seen. */
  private zero({ isNew, t }: DeltaResult, { startUnixNano }: PointHead, all: readonly Labels[]): void {
    if (!isNew || startUnixNano === 0n) return;
    // One after the start: the point before ended there, if the series was known before a restart.
    const start = Number(startUnixNano / 1_000_000n) + 1;
    if (start >= t || t - start > MAX_START) return;
    for (const labels of all) this.samples.push({ labels, t: start, value: 0 });
  }

  private push(labels: Labels, t: EpochMillis, value: number, stale: boolean, exemplar?: MetricExemplar): void {
    if (t > this.newest) this.newest = t;
    this.samples.push({
      labels,
      t,
      value,
      ...(stale && { stale }),
      ...(exemplar && { exemplar: toExemplar(exemplar, t, this.config.translation) }),
    });
  }

  private timeOf(point: PointHead): EpochMillis {
    return Number(this.nanosOf(point) / 1_000_000n);
  }

  private nanosOf({ timeUnixNano }: PointHead): bigint {
    return timeUnixNano === 0n ? BigInt(Math.trunc(this.at)) * 1_000_000n : timeUnixNano;
  }
}

function isEnded({ flags }: PointHead): boolean {
  return (flags & NO_RECORDED_VALUE) !== 0;
}

function named(name: string, labels: LabelMap): Labels {
  return Labels.of(new Map([...labels, [METRIC_NAME, name]]));
}
