import type { Clock, EpochMillis } from '../base/clock';
import { nextTurn } from '../base/turn';
import type { Matcher } from '../domain/matcher';
import { LimitExceededError, type SelectHints, type SeriesColumns } from '../storage';
import type { BlockSet } from './block-set';
import { type Columns, mergeColumns, sliceColumns } from './columns';
import type { Head } from './head';
import type { MemSeries } from './mem-series';
import { firstAfter } from './time-column';

/** Answers questions about samples from memory and, where the window reaches further back, from blocks. */
export class Querier {
  constructor(
    private readonly head: Head,
    private readonly blocks: BlockSet,
    private readonly clock: Clock,
  ) {}

  /** See `SeriesReader.select`: at once where memory has the whole window. */
  select(
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
    hints: SelectHints | undefined,
  ): SeriesColumns[] | Promise<SeriesColumns[]> {
    const selected = this.head.select(matchers);
    const limit = hints?.seriesLimit ?? Infinity;
    const oldest = Math.floor(start) + 1;
    if (oldest <= end && this.blocks.overlaps(oldest, end)) {
      return this.selectWithBlocks(selected, oldest, end, start, limit, matchers);
    }
    const found: SeriesColumns[] = [];
    for (const series of selected) {
      const columns = hotWindow(series, start, end);
      if (columns === undefined) continue;
      found.push(columns);
      if (found.length > limit) throw tooMany(matchers, limit);
    }
    return found;
  }

  /** The series among `candidates` that have a sample in [start, end]. */
  async present(candidates: Iterable<MemSeries>, start: EpochMillis, end: EpochMillis): Promise<MemSeries[]> {
    const inBlocks = this.blocks.overlaps(start, end);
    const found: MemSeries[] = [];
    const open: MemSeries[] = [];
    for (const series of candidates) {
      const { data } = series.column;
      const { length } = series;
      const at = length === 0 || (data[0] ?? 0) >= start ? 0 : lowerBound(data, length, start);
      if (at < length && (data[at] ?? Infinity) <= end) found.push(series);
      else if (inBlocks) open.push(series);
    }
    if (open.length === 0) return found;
    const having = await this.blocks.having(
      open.map(({ id }) => id),
      start,
      end,
    );
    return [...found, ...open.filter(({ id }) => having.has(id))];
  }

  /** The series that pass any of the selectors; all without selectors. Ascending by number. */
  matching(selectors: readonly (readonly Matcher[])[]): Iterable<MemSeries> {
    if (selectors.length === 0) return this.head.all();
    const [only] = selectors;
    if (only !== undefined && selectors.length === 1) return this.head.select(only);
    const all = new Set<MemSeries>();
    for (const matchers of selectors) for (const series of this.head.select(matchers)) all.add(series);
    return [...all].sort((a, b) => a.id - b.id);
  }

  private async selectWithBlocks(
    selected: readonly MemSeries[],
    oldest: EpochMillis,
    end: EpochMillis,
    start: EpochMillis,
    limit: number,
    matchers: readonly Matcher[],
  ): Promise<SeriesColumns[]> {
    // Memory first, then blocks, without a wait between: what a checkpoint moves meanwhile is in one of both.
    const candidates = selected.map((series) => ({ series, hot: hotWindow(series, start, end) }));
    const cold = await this.blocks.read(
      selected.map(({ id }) => id),
      oldest,
      end,
    );
    const found: SeriesColumns[] = [];
    let since = this.clock.elapsed();
    for (const { series, hot } of candidates) {
      const parts = cold.get(series.id);
      const columns = parts === undefined ? hot : mergedWindow(series, parts, hot);
      if (columns === undefined) continue;
      found.push(columns);
      if (found.length > limit) throw tooMany(matchers, limit);
      if (this.clock.elapsed() - since > SLICE_MS) {
        await nextTurn();
        since = this.clock.elapsed();
      }
    }
    return found;
  }
}

/** How long merging may hold the event loop. */
const SLICE_MS = 8;

/** The part of a series in memory in (start, end]; shares its arrays. */
function hotWindow(series: MemSeries, start: EpochMillis, end: EpochMillis): SeriesColumns | undefined {
  const { column, length } = series;
  if (length === 0) return undefined;
  const { from, to } = column.find(start, end, length);
  if (from >= to) return undefined;
  const { labels, values, extras } = series;
  if (extras === undefined) return { labels, timestamps: column.data, values, from, to };
  const stale = extras.stale?.subarray(from, to).includes(1) ? extras.stale : undefined;
  const histograms = hasHistogram(extras.histograms, from, to) ? extras.histograms : undefined;
  return {
    labels,
    timestamps: column.data,
    values,
    from,
    to,
    ...(stale && { stale }),
    ...(histograms && { histograms }),
  };
}

function hasHistogram(histograms: readonly unknown[] | undefined, from: number, to: number): boolean {
  if (histograms === undefined) return false;
  for (let i = from; i < to; i++) if (histograms[i] !== undefined) return true;
  return false;
}

function mergedWindow(series: MemSeries, parts: readonly Columns[], hot: SeriesColumns | undefined): SeriesColumns {
  const runs = [...parts];
  if (hot) {
    const whole = { ...hot, length: hot.to, stale: hot.stale, histograms: hot.histograms };
    runs.push(sliceColumns(whole, hot.from, hot.to));
  }
  const { length, timestamps, values, stale, histograms } = mergeColumns(runs);
  return {
    labels: series.labels,
    timestamps,
    values,
    from: 0,
    to: length,
    ...(stale && { stale }),
    ...(histograms && { histograms }),
  };
}

function lowerBound(data: Float64Array, length: number, t: number): number {
  const at = firstAfter(data, 0, length, t);
  return at > 0 && data[at - 1] === t ? at - 1 : at;
}

function tooMany(matchers: readonly Matcher[], limit: number): LimitExceededError {
  return new LimitExceededError(`{${matchers.join(', ')}} selects more than ${limit} series`);
}
