import type { EpochMillis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import type { Matcher } from '../../domain/matcher';
import type { Exemplar, MetricMetadata } from '../../domain/sample';
import { LimitExceededError } from '../errors';
import type {
  AppendOutcome,
  IncomingSample,
  RefusalReason,
  SelectHints,
  SeriesColumns,
  SeriesStore,
} from '../ports/series-store';

/** One series: parallel arrays in the order of time. */
interface StoredSeries {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
  readonly stale: number[];
  readonly starts: number[];
  readonly histograms: (NativeHistogram | undefined)[];
  readonly exemplars: Exemplar[];
  /** The arrays as columns; made when first asked for after a change. */
  columns: SeriesColumns | undefined;
}

/** A store of series in plain arrays, for tests: exact, unbounded, nothing is kept beyond the process. */
export class MemorySeriesStore implements SeriesStore {
  readonly name = 'memory';
  readonly stableColumns: boolean = true;
  private readonly byKey = new Map<string, StoredSeries>();
  private readonly known = new Map<string, MetricMetadata>();
  private readonly listeners = new Set<(touched: readonly Labels[], newest: EpochMillis) => void>();

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  append(samples: readonly IncomingSample[]): Promise<AppendOutcome> {
    let appended = 0;
    let newest = -Infinity;
    const touched = new Map<string, Labels>();
    const refused: Partial<Record<RefusalReason, number>> = {};
    const examples: Partial<Record<RefusalReason, string>> = {};
    for (const sample of samples) {
      const reason = this.put(sample);
      if (reason !== undefined) {
        refused[reason] = (refused[reason] ?? 0) + 1;
        examples[reason] ??= sample.labels.toString();
        continue;
      }
      appended++;
      newest = Math.max(newest, sample.t);
      touched.set(sample.labels.key, sample.labels);
    }
    if (appended > 0) for (const listener of this.listeners) listener([...touched.values()], newest);
    return Promise.resolve({ appended, refused, examples });
  }

  private put({ labels, t, value, histogram, stale, exemplar, start }: IncomingSample): RefusalReason | undefined {
    let series = this.byKey.get(labels.key);
    if (series === undefined) {
      series = {
        labels,
        times: [],
        values: [],
        stale: [],
        starts: [],
        histograms: [],
        exemplars: [],
        columns: undefined,
      };
      this.byKey.set(labels.key, series);
    }
    if (exemplar !== undefined) series.exemplars.push(exemplar);
    const { times } = series;
    let at = times.length;
    while (at > 0 && (times[at - 1] ?? 0) > t) at--;
    if (at > 0 && times[at - 1] === t) {
      const same = Object.is(series.values[at - 1], value) && histogram === undefined;
      return same ? undefined : 'duplicate';
    }
    times.splice(at, 0, t);
    series.values.splice(at, 0, value);
    series.stale.splice(at, 0, stale === true ? 1 : 0);
    series.starts.splice(at, 0, start ?? 0);
    series.histograms.splice(at, 0, histogram);
    series.columns = undefined;
    return undefined;
  }

  deleteSamples(matchers: readonly Matcher[], start: EpochMillis, end: EpochMillis): Promise<void> {
    for (const series of this.byKey.values()) {
      if (!matchesAll(matchers, series.labels)) continue;
      const { times } = series;
      const from = firstAfter(times, start, true);
      const count = firstAfter(times, end) - from;
      if (count <= 0) continue;
      for (const list of [times, series.values, series.stale, series.starts]) list.splice(from, count);
      series.histograms.splice(from, count);
      series.columns = undefined;
    }
    return Promise.resolve();
  }

  describe(metadata: ReadonlyMap<string, MetricMetadata>): void {
    for (const [name, own] of metadata) this.known.set(name, own);
  }

  onAppend(listener: (touched: readonly Labels[], newest: EpochMillis) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  select(matchers: readonly Matcher[], start: EpochMillis, end: EpochMillis, hints: SelectHints = {}): SeriesColumns[] {
    const found: SeriesColumns[] = [];
    for (const series of this.byKey.values()) {
      if (!matchesAll(matchers, series.labels)) continue;
      const columns = columnsOf(series);
      const from = firstAfter(columns.timestamps, start);
      const to = firstAfter(columns.timestamps, end);
      if (from < to) found.push({ ...columns, from, to });
      if (found.length > (hints.seriesLimit ?? Infinity)) {
        throw new LimitExceededError(`more than ${hints.seriesLimit ?? 0} series match`);
      }
    }
    return found;
  }

  /** The series that pass a selector and have a sample in [start, end]. */
  private *matching(
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Generator<StoredSeries> {
    for (const series of this.byKey.values()) {
      const wanted = selectors.length === 0 || selectors.some((matchers) => matchesAll(matchers, series.labels));
      if (wanted && series.times.some((t) => t >= start && t <= end)) yield series;
    }
  }

  series(selectors: readonly (readonly Matcher[])[], start: EpochMillis, end: EpochMillis): Promise<Labels[]> {
    return Promise.resolve([...this.matching(selectors, start, end)].map(({ labels }) => labels));
  }

  labelNames(selectors: readonly (readonly Matcher[])[], start: EpochMillis, end: EpochMillis): Promise<string[]> {
    const names = new Set<string>();
    for (const { labels } of this.matching(selectors, start, end)) for (const [name] of labels) names.add(name);
    return Promise.resolve([...names].sort());
  }

  labelValues(
    label: string,
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<string[]> {
    const values = new Set<string>();
    for (const { labels } of this.matching(selectors, start, end)) if (labels.has(label)) values.add(labels.get(label));
    return Promise.resolve([...values].sort());
  }

  exemplars(
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<{ labels: Labels; exemplars: Exemplar[] }[]> {
    const found: { labels: Labels; exemplars: Exemplar[] }[] = [];
    for (const { labels, exemplars } of this.matching(selectors, -Infinity, Infinity)) {
      const inside = exemplars.filter(({ t }) => t >= start && t <= end);
      if (inside.length > 0) found.push({ labels, exemplars: inside });
    }
    return Promise.resolve(found);
  }

  metadata(metric?: string): Promise<ReadonlyMap<string, MetricMetadata>> {
    if (metric === undefined) return Promise.resolve(new Map(this.known));
    const own = this.known.get(metric);
    return Promise.resolve(new Map(own === undefined ? [] : [[metric, own]]));
  }
}

function columnsOf(series: StoredSeries): SeriesColumns {
  if (series.columns !== undefined) return series.columns;
  const { labels, times, values, stale, starts, histograms } = series;
  series.columns = {
    labels,
    timestamps: Float64Array.from(times),
    values: Float64Array.from(values),
    from: 0,
    to: times.length,
    ...(stale.includes(1) ? { stale: Uint8Array.from(stale) } : {}),
    ...(histograms.some((histogram) => histogram !== undefined) ? { histograms: histograms.slice() } : {}),
    ...(starts.some((start) => start !== 0) ? { starts: Float64Array.from(starts) } : {}),
  };
  return series.columns;
}

/** The index of the first time after `t`, or at it. */
function firstAfter(times: ArrayLike<number>, t: EpochMillis, orAt = false): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const time = times[middle] ?? 0;
    if (time > t || (orAt && time === t)) high = middle;
    else low = middle + 1;
  }
  return low;
}
