import type { Clock, EpochMillis } from '../base/clock';
import type { Matcher } from '../domain/matcher';
import { LimitExceededError, type SelectHints, type SeriesColumns } from '../storage';
import type { BlockSet } from './block-set';
import { type Columns, mergeColumns, sliceColumns } from './columns';
import type { Head } from './head';
import type { MemSeries } from './mem-series';
import { Slices } from '../base/slices';
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
    const limit = hints?.seriesLimit ?? Infinity;
    const selected = this.head.seriesCount <= QUICK ? this.head.select(matchers) : this.head.selected(matchers);
    if (selected === undefined || selected.length > QUICK || this.isInBlocks(start, end)) {
      return this.selectInSlices(matchers, selected, start, end, limit, hints?.resets === true);
    }
    const found: SeriesColumns[] = [];
    const resets = hints?.resets === true;
    for (const series of selected) {
      const columns = hotWindow(series, start, end, resets);
      if (columns === undefined) continue;
      found.push(columns);
      if (found.length > limit) throw tooMany(matchers, limit);
    }
    return found;
  }

  /** The series among `candidates` that have a sample in [start, end]. */
  async present(candidates: readonly MemSeries[], start: EpochMillis, end: EpochMillis): Promise<MemSeries[]> {
    const found: MemSeries[] = [];
    const open: MemSeries[] = [];
    const slices = new Slices(this.clock);
    await slices.each(candidates.length, STRIDE, (i) => {
      const series = candidates[i];
      if (series === undefined) return;
      const { data } = series.column;
      const { length } = series;
      const at = length === 0 || (data[0] ?? 0) >= start ? 0 : lowerBound(data, length, start);
      if (at < length && (data[at] ?? Infinity) <= end) found.push(series);
      else open.push(series);
    });
    if (open.length === 0 || !this.blocks.overlaps(start, end)) return found;
    const having = await this.blocks.having(
      open.map(({ id }) => id),
      start,
      end,
    );
    return [...found, ...open.filter(({ id }) => having.has(id))];
  }

  /** The series that pass any of the selectors; all without selectors. Ascending by number. */
  async matching(selectors: readonly (readonly Matcher[])[]): Promise<readonly MemSeries[]> {
    if (selectors.length === 0) return [...this.head.all()];
    const slices = new Slices(this.clock);
    const [only] = selectors;
    if (only !== undefined && selectors.length === 1) return this.head.selectInSlices(only, slices);
    const all = new Map<number, MemSeries>();
    for (const matchers of selectors) {
      const selected = await this.head.selectInSlices(matchers, slices);
      await slices.each(selected.length, STRIDE, (i) => {
        const series = selected[i];
        if (series !== undefined) all.set(series.id, series);
      });
    }
    const found: MemSeries[] = [];
    for (const id of Uint32Array.from(all.keys()).sort()) {
      const series = all.get(id);
      if (series !== undefined) found.push(series);
    }
    return found;
  }

  /** Whether samples in (start, end] may be in blocks. */
  private isInBlocks(start: EpochMillis, end: EpochMillis): boolean {
    const oldest = Math.floor(start) + 1;
    return oldest <= end && this.blocks.overlaps(oldest, end);
  }

  private async selectInSlices(
    matchers: readonly Matcher[],
    known: readonly MemSeries[] | undefined,
    start: EpochMillis,
    end: EpochMillis,
    limit: number,
    resets: boolean,
  ): Promise<SeriesColumns[]> {
    const slices = new Slices(this.clock);
    const selected = known ?? (await this.head.selectInSlices(matchers, slices));
    // New series may be added to the list meanwhile: they have no sample that is asked for.
    const count = selected.length;
    // Memory first, then blocks: what a checkpoint moves meanwhile is in one of both, or in both.
    const hot: (SeriesColumns | undefined)[] = [];
    await slices.each(count, STRIDE, (i) => {
      const series = selected[i];
      hot.push(series === undefined ? undefined : hotWindow(series, start, end, resets));
    });
    const oldest = Math.floor(start) + 1;
    const cold = this.isInBlocks(start, end)
      ? await this.blocks.read(
          selected.slice(0, count).map(({ id }) => id),
          oldest,
          end,
        )
      : undefined;
    const found: SeriesColumns[] = [];
    for (let i = 0; i < count; i++) {
      const series = selected[i];
      const parts = series === undefined ? undefined : cold?.get(series.id);
      const columns = parts === undefined || series === undefined ? hot[i] : mergedWindow(series, parts, hot[i]);
      if (columns === undefined) continue;
      found.push(columns);
      if (found.length > limit) throw tooMany(matchers, limit);
      if ((cold !== undefined || i % STRIDE === 0) && slices.isOver) await slices.turn();
    }
    return found;
  }
}

/** So many series are selected at one go; more are selected in slices. */
const QUICK = 8192;
/** Series between two looks at the clock. */
const STRIDE = 1024;

/** The part of a series in memory in (start, end]; shares its arrays. */
function hotWindow(
  series: MemSeries,
  start: EpochMillis,
  end: EpochMillis,
  wantsResets: boolean,
): SeriesColumns | undefined {
  const { column, length } = series;
  if (length === 0) return undefined;
  const { from, to } = column.find(start, end, length);
  if (from >= to) return undefined;
  const { labels, values, extras } = series;
  if (extras === undefined) {
    const resets = wantsResets ? series.knownResets() : undefined;
    if (resets === undefined) return { labels, timestamps: column.data, values, from, to };
    return { labels, timestamps: column.data, values, from, to, resets };
  }
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
