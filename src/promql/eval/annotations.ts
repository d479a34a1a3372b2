import { formatG } from './format';
import type { Place } from '../ast';
import { placeOf } from '../errors';
import { quote } from '../syntax/strings';

interface Annotation {
  readonly level: 'warning' | 'info';
  readonly place: Place;
  /** Further text, of an annotation that sums up many samples. */
  readonly detail?: ForcedDetail;
  /** How often it was made, of an annotation that counts. */
  readonly count?: number;
}

interface ForcedDetail {
  minBucket: number;
  maxBucket: number;
  maxDifference: number;
  count: number;
  from: number;
  to: number;
}

/** What a histogram was combined for. */
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

/** Remarks about a query's data, as Prometheus makes them: each message once, with the place it was last made. */
export class Annotations {
  private readonly byMessage = new Map<string, Annotation>();

  warn(message: string, place: Place): void {
    this.byMessage.set(`PromQL warning: ${message}`, { level: 'warning', place });
  }

  info(message: string, place: Place): void {
    this.byMessage.set(`PromQL info: ${message}`, { level: 'info', place });
  }

  get isEmpty(): boolean {
    return this.byMessage.size === 0;
  }

  /** The messages of one level with their places in the query's text. */
  texts(level: 'warning' | 'info', query: string): string[] {
    const texts: string[] = [];
    for (const [message, { level: own, place, detail, count = 1 }] of this.byMessage) {
      if (own !== level) continue;
      const { line, column } = placeOf(query, place.start);
      texts.push(
        `${message}${detail === undefined ? '' : forcedText(detail)}${count > 1 ? ` (${count} occurrences)` : ''}${query === '' ? '' : ` (${line}:${column})`}`,
      );
    }
    return texts;
  }

  invalidQuantile(q: number, place: Place): void {
    this.warn(`quantile value should be between 0 and 1, got ${formatG(q)}`, place);
  }

  invalidRatio(ratio: number, capped: number, place: Place): void {
    this.warn(`ratio value should be between -1 and 1, got ${formatG(ratio)}, capping to ${formatG(capped)}`, place);
  }

  badBucketLabel(metric: string, le: string, place: Place): void {
    this.warn(forMetric(`bucket label "le" is missing or has a malformed value of ${quote(le)}`, metric), place);
  }

  mixedFloatsHistograms(metric: string, place: Place): void {
    this.warn(`encountered a mix of histograms and floats for metric name ${quote(metric)}`, place);
  }

  mixedFloatsHistogramsAggregation(place: Place): void {
    this.warn('encountered a mix of histograms and floats for aggregation', place);
  }

  mixedClassicNative(metric: string, place: Place): void {
    this.warn(forMetric('vector contains a mix of classic and native histograms', metric), place);
  }

  notCounter(metric: string, place: Place): void {
    this.warn(`this native histogram metric is not a counter: ${quote(metric)}`, place);
  }

  notGauge(metric: string, place: Place): void {
    this.warn(`this native histogram metric is not a gauge: ${quote(metric)}`, place);
  }

  mixedBuckets(metric: string, place: Place): void {
    this.warn(
      `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(metric)}`,
      place,
    );
  }

  incompatibleBuckets(operator: string, place: Place): void {
    this.warn(`incompatible bucket layout encountered for binary operator ${operator}`, place);
  }

  sortInRange(place: Place): void {
    this.warn('sort is ineffective for range queries since results are always ordered by labels', place);
  }

  resetCollision(operation: HistogramOperation, place: Place): void {
    this.warn(`conflicting counter resets during histogram ${operation}`, place);
  }

  startTimeOverlap(metric: string, place: Place): void {
    const message = `PromQL warning: sample has start time that overlaps with previous sample timestamp for metric ${quote(metric)}`;
    const before = this.byMessage.get(message);
    this.byMessage.set(message, {
      level: 'warning',
      place: before?.place ?? place,
      count: (before?.count ?? 0) + 1,
    });
  }

  integralStrategy(strategy: number, place: Place): void {
    this.warn(`strategy should be 0, 1, or 2 (default), using 2, got ${formatG(strategy)}`, place);
  }

  possibleNonCounter(metric: string, place: Place): void {
    this.info(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(metric)}`,
      place,
    );
  }

  incompatibleTypes(left: string, operator: string, right: string, place: Place): void {
    this.info(
      `incompatible sample types encountered for binary operator "${operator}": ${left} ${operator} ${right}`,
      place,
    );
  }

  ignoredInAggregation(aggregation: string, place: Place): void {
    this.info(`ignored histogram in ${aggregation} aggregation`, place);
  }

  ignoredInMixedRange(metric: string, place: Place): void {
    this.info(
      `ignored histograms in a range containing both floats and histograms for metric name ${quote(metric)}`,
      place,
    );
  }

  boundsReconciled(operation: HistogramOperation, place: Place): void {
    this.info(`mismatched custom buckets were reconciled during ${operation}`, place);
  }

  nanObservations(what: 'nan-result' | 'nan-skew' | 'nan-fraction', metric: string, place: Place): void {
    const text = {
      'nan-result': 'input to histogram_quantile has NaN observations, result is NaN',
      'nan-skew': 'input to histogram_quantile has NaN observations, result is skewed higher',
      'nan-fraction': 'input to histogram_fraction has NaN observations, which are excluded from all fractions',
    }[what];
    this.info(forMetric(text, metric), place);
  }

  forcedMonotonicity(
    metric: string,
    place: Place,
    t: number,
    forced: { readonly minBucket: number; readonly maxBucket: number; readonly maxDifference: number },
  ): void {
    const message = `PromQL info: ${forMetric(
      'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)',
      metric,
    )}`;
    const before = this.byMessage.get(message)?.detail;
    this.byMessage.set(message, {
      level: 'info',
      place,
      detail: {
        minBucket: Math.min(forced.minBucket, before?.minBucket ?? Infinity),
        maxBucket: Math.max(forced.maxBucket, before?.maxBucket ?? -Infinity),
        maxDifference: Math.max(forced.maxDifference, before?.maxDifference ?? 0),
        count: (before?.count ?? 0) + 1,
        from: Math.min(t, before?.from ?? Infinity),
        to: Math.max(t, before?.to ?? -Infinity),
      },
    });
  }
}

function forMetric(message: string, metric: string): string {
  return metric === '' ? message : `${message} for metric name ${quote(metric)}`;
}

function forcedText({ minBucket, maxBucket, maxDifference, count, from, to }: ForcedDetail): string {
  const instant = (t: number): string => new Date(Math.floor(t / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  const difference = formatG(Number(maxDifference.toPrecision(2)));
  return `, from buckets ${formatG(minBucket)} to ${formatG(maxBucket)}, with a max diff of ${difference}, over ${count} samples from ${instant(from)} to ${instant(to)}`;
}
