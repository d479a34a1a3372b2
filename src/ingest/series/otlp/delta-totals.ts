import type { EpochMillis } from '../../../base/clock';
import type { ExponentialHistogramPoint, HistogramPoint } from '../../../domain/metric-point';
import { addPoint, totalOf, type ExponentialTotal } from './exponential';

/** What the points of one delta series add up to. */
export type DeltaTotal =
  | { readonly kind: 'sum'; value: number }
  | {
      readonly kind: 'histogram';
      count: number;
      sum: number | undefined;
      bucketCounts: number[];
      explicitBounds: readonly number[];
    }
  | { readonly kind: 'exponential'; readonly total: ExponentialTotal };

/** A point of any kind that is added up. */
export type DeltaPoint = { readonly value: number } | HistogramPoint | ExponentialHistogramPoint;

/** A series' total after a point. */
export interface DeltaResult {
  readonly total: DeltaTotal;
  /** When the total holds: later than every point of the series before. */
  readonly t: EpochMillis;
  /** The series begins here. */
  readonly isNew: boolean;
}

/** What a series had come to before a restart. */
export type RecalledTotal = Pick<DeltaResult, 'total' | 't'>;

interface Entry {
  total: DeltaTotal;
  t: EpochMillis;
  /** Points up to this time were counted before a restart, whatever their stream. */
  readonly countedTo: EpochMillis;
  /** The time of the last point of each stream that feeds the series. */
  readonly streams: Map<string, bigint>;
}

const MAX_STREAMS = 64;

/**
 * Accumulates delta points into cumulative totals, by series. Several processes may feed one series when their labels are
 * the same: each is its own stream, and its points must come in order of time. A point that comes again changes nothing.
 * After a restart a series goes on from what the store has of it: what is no newer than that counts as counted.
 */
export class DeltaTotals {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.entries.size;
  }

  /**
   * Undefined when a newer point of the stream has been counted already.
   * @param recall gives what a series that is not known here had come to; it goes on from there.
   */
  add(
    series: string,
    stream: string,
    timeUnixNano: bigint,
    point: DeltaPoint,
    recall: () => RecalledTotal | undefined = () => undefined,
  ): DeltaResult | undefined {
    const t = Number(timeUnixNano / 1_000_000n);
    let entry = this.touch(series);
    if (entry === undefined) {
      const recalled = recall();
      if (recalled === undefined) {
        const total = startOf(point);
        this.entries.set(series, { total, t, countedTo: -Infinity, streams: new Map([[stream, timeUnixNano]]) });
        return { total, t, isNew: true };
      }
      entry = { ...recalled, countedTo: recalled.t, streams: new Map() };
      this.entries.set(series, entry);
    }
    const last = entry.streams.get(stream);
    if (last === undefined && t <= entry.countedTo) return { total: entry.total, t: entry.t, isNew: false };
    if (last !== undefined && timeUnixNano <= last) {
      return timeUnixNano === last ? { total: entry.total, t: entry.t, isNew: false } : undefined;
    }
    if (entry.streams.size >= MAX_STREAMS) entry.streams.clear();
    entry.streams.set(stream, timeUnixNano);
    entry.t = Math.max(t, entry.t + 1);
    entry.total = sumOf(entry.total, point);
    return { total: entry.total, t: entry.t, isNew: false };
  }

  private touch(series: string): Entry | undefined {
    const entry = this.entries.get(series);
    if (entry !== undefined) {
      this.entries.delete(series);
      this.entries.set(series, entry);
    } else if (this.entries.size >= this.capacity) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest);
        break;
      }
    }
    return entry;
  }
}

function startOf(point: DeltaPoint): DeltaTotal {
  if ('value' in point) return { kind: 'sum', value: point.value };
  if ('scale' in point) return { kind: 'exponential', total: totalOf(point) };
  const { count, sum, bucketCounts, explicitBounds } = point;
  return { kind: 'histogram', count, sum, bucketCounts: [...bucketCounts], explicitBounds };
}

/** Bounds or kind that changed start the total over: a counter reset. */
function sumOf(total: DeltaTotal, point: DeltaPoint): DeltaTotal {
  if ('value' in point) {
    return total.kind === 'sum' ? { kind: 'sum', value: total.value + point.value } : startOf(point);
  }
  if ('scale' in point) {
    if (total.kind !== 'exponential') return startOf(point);
    addPoint(total.total, point);
    return total;
  }
  if (total.kind !== 'histogram' || !sameBounds(total.explicitBounds, point.explicitBounds)) return startOf(point);
  return {
    kind: 'histogram',
    count: total.count + point.count,
    sum: total.sum === undefined || point.sum === undefined ? undefined : total.sum + point.sum,
    bucketCounts: total.bucketCounts.map((count, index) => count + (point.bucketCounts[index] ?? 0)),
    explicitBounds: total.explicitBounds,
  };
}

function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, index) => bound === b[index]);
}
