import type { NativeHistogram } from '../domain/histogram';
import { Labels, METRIC_NAME } from '../domain/labels';
import { matchesAll, type Matcher } from '../domain/matcher';
import type { RefusalReason } from '../storage';
import { sameHistogram } from './histogram-codec';
import { MemSeries } from './mem-series';
import { Postings } from './postings';
import { Selections } from './selections';
import { runAtOnce, type Slices } from '../base/slices';
import { firstAfter, TimeColumn } from './time-column';

/** What bounds a head; see `tsdbConfig`. */
export interface HeadLimits {
  readonly outOfOrderWindow: number;
  readonly maxSeries: number;
  readonly maxSeriesPerMetric: number;
  readonly maxLabelsPerSeries: number;
  readonly maxLabelValueLength: number;
}

/** Series that start at the same moment share their timestamps; so many moments are remembered. */
const MAX_NEWBORNS = 64;

/** Series tested between two chances for other work. */
const SERIES_PER_STEP = 1024;

/** Label names that are kept as one string each. */
const MAX_NAMES = 100_000;

/** All series, with the samples of theirs that are in memory. */
export class Head {
  readonly postings = new Postings();
  /** The newest sample of all; -Infinity while there is none. */
  newest = -Infinity;
  private readonly byId: (MemSeries | undefined)[] = [];
  private readonly byHash = new Map<number, MemSeries | MemSeries[]>();
  private readonly selections = new Selections();
  private readonly newborns = new Map<number, TimeColumn>();
  private readonly names = new Map<string, string>();
  private count = 0;

  constructor(private readonly limits: HeadLimits) {}

  get seriesCount(): number {
    return this.count;
  }

  find(labels: Labels): MemSeries | undefined {
    const found = this.byHash.get(labels.hash);
    if (found === undefined) return undefined;
    if (found instanceof MemSeries) return isSame(found.labels, labels) ? found : undefined;
    return found.find((series) => isSame(series.labels, labels));
  }

  get(id: number): MemSeries | undefined {
    return this.byId[id];
  }

  /** Why a series with these labels may not be added; undefined when it may. */
  refusal(labels: Labels): RefusalReason | undefined {
    const { limits } = this;
    if (labels.size > limits.maxLabelsPerSeries) return 'label_limit';
    for (const text of labels.flat) if (text.length > limits.maxLabelValueLength) return 'label_limit';
    if (this.count >= limits.maxSeries) return 'series_limit';
    if (this.postings.count(METRIC_NAME, labels.metricName) >= limits.maxSeriesPerMetric) return 'metric_series_limit';
    return undefined;
  }

  /** Adds a series that `find` does not know; under the number it had before a restart, if given. */
  add(labels: Labels, id = this.byId.length): MemSeries {
    const own = Labels.fromSorted(this.intern(labels.flat));
    const series = new MemSeries(id, own);
    this.byId[id] = series;
    this.count++;
    const { hash } = own;
    const others = this.byHash.get(hash);
    if (others === undefined) this.byHash.set(hash, series);
    else if (others instanceof MemSeries) this.byHash.set(hash, [others, series]);
    else others.push(series);
    this.postings.add(id, own);
    this.selections.added(series);
    return series;
  }

  /**
   * Takes a sample. 'same' when it is there already; a reason when it is refused.
   * @param t whole milliseconds.
   */
  take(
    series: MemSeries,
    t: number,
    value: number,
    stale: boolean,
    histogram: NativeHistogram | undefined,
  ): 'taken' | 'same' | RefusalReason {
    if (t > series.newest) {
      series.push(t, value, stale, histogram, this.newborn);
      if (t > this.newest) this.newest = t;
      return 'taken';
    }
    const at = firstAfter(series.column.data, 0, series.length, t);
    if (at > 0 && series.column.data[at - 1] === t) {
      return isSameSample(series, at - 1, value, stale, histogram) ? 'same' : 'duplicate';
    }
    const { outOfOrderWindow } = this.limits;
    if (outOfOrderWindow === 0) return 'out_of_order';
    if (t < series.newest - outOfOrderWindow) return 'too_old';
    series.insert(at, t, value, stale, histogram);
    return 'taken';
  }

  /** Takes out the samples in [start, end] that are in memory; how many. The series remembers how far it had come. */
  remove(series: MemSeries, start: number, end: number): number {
    const { data } = series.column;
    const from = firstAfter(data, 0, series.length, start - 1);
    const to = firstAfter(data, from, series.length, end);
    series.remove(from, to);
    return to - from;
  }

  /** Numbers below `next` are not given to new series: blocks have samples under them. */
  reserve(next: number): void {
    if (this.byId.length < next) this.byId.length = next;
  }

  /** Puts back a sample that had been taken before a restart; one that is there already stays. */
  restore(series: MemSeries, t: number, value: number, stale: boolean, histogram: NativeHistogram | undefined): void {
    if (series.length === 0 || t > (series.column.data[series.length - 1] ?? 0)) {
      series.push(t, value, stale, histogram, this.newborn);
    } else {
      const at = firstAfter(series.column.data, 0, series.length, t);
      if (at === 0 || series.column.data[at - 1] !== t) series.insert(at, t, value, stale, histogram);
    }
    if (t > this.newest) this.newest = t;
  }

  /** The series that pass all matchers, ascending by number. The list is shared: not to be changed. */
  select(matchers: readonly Matcher[]): readonly MemSeries[] {
    return this.selections.get(matchers) ?? runAtOnce(this.selecting(matchers));
  }

  /** As `select`, when the answer is remembered. */
  selected(matchers: readonly Matcher[]): readonly MemSeries[] | undefined {
    return this.selections.get(matchers);
  }

  /** As `select`, giving other work its turn: series that come meanwhile belong to the answer. */
  async selectInSlices(matchers: readonly Matcher[], slices: Slices): Promise<readonly MemSeries[]> {
    return this.selections.get(matchers) ?? (await slices.run(this.selecting(matchers)));
  }

  private *selecting(matchers: readonly Matcher[]): Generator<void, MemSeries[]> {
    const known = this.byId.length;
    const { ids, rest } = yield* this.postings.candidates(matchers);
    let passing: MemSeries[] = [];
    const count = ids === undefined ? known : ids.length;
    for (let i = 0; i < count; i++) {
      if (i % SERIES_PER_STEP === SERIES_PER_STEP - 1) yield;
      const id = ids === undefined ? i : (ids[i] ?? 0);
      // What came since the start is added below.
      const series = id < known ? this.byId[id] : undefined;
      if (series && matchesAll(rest, series.labels)) passing.push(series);
    }
    for (let id = known; id < this.byId.length; id++) {
      const series = this.byId[id];
      if (series && matchesAll(matchers, series.labels)) passing.push(series);
    }
    if (passing.some(({ dropped }) => dropped)) passing = passing.filter(({ dropped }) => !dropped);
    this.selections.set(matchers, passing);
    return passing;
  }

  /** All series, ascending by number. */
  *all(): IterableIterator<MemSeries> {
    const { byId } = this;
    for (let id = 0; id < byId.length; id++) {
      const series = byId[id];
      if (series !== undefined) yield series;
    }
  }

  /** Series that start from now on share no timestamps with those that started before. */
  forgetNewborns(): void {
    this.newborns.clear();
  }

  /** Removes series for good. */
  drop(gone: readonly MemSeries[]): void {
    if (gone.length === 0) return;
    const ids = new Set(gone.map(({ id }) => id));
    this.postings.remove(
      ids,
      gone.map(({ labels }) => labels),
    );
    for (const series of gone) {
      series.dropped = true;
      this.byId[series.id] = undefined;
      this.removeHash(series);
    }
    this.count -= gone.length;
    this.selections.clear();
  }

  private removeHash(series: MemSeries): void {
    const { hash } = series.labels;
    const found = this.byHash.get(hash);
    const left = found instanceof MemSeries || found === undefined ? [] : found.filter((other) => other !== series);
    if (left.length === 0) this.byHash.delete(hash);
    else this.byHash.set(hash, left);
  }

  private readonly newborn = (t: number): TimeColumn => {
    const known = this.newborns.get(t);
    if (known !== undefined) return known;
    if (this.newborns.size >= MAX_NEWBORNS) this.newborns.clear();
    const column = new TimeColumn(8);
    column.push(t);
    this.newborns.set(t, column);
    return column;
  };

  /** Equal texts become one string, found in a series that has it: decoders make a new one each time. */
  private intern(flat: readonly string[]): string[] {
    const own: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? '';
      const value = flat[i + 1] ?? '';
      let ownName = this.names.get(name);
      if (ownName === undefined) {
        ownName = copyOf(name);
        if (this.names.size < MAX_NAMES) this.names.set(ownName, ownName);
      }
      const other = this.postings.first(name, value);
      const known = other === undefined ? undefined : this.byId[other]?.labels.get(name);
      own.push(ownName, known ?? copyOf(value));
    }
    // A slice has no room to spare, as a list that grew has.
    return own.slice();
  }
}

/** A string of its own: a slice would keep the whole text alive that it was cut from. Keeps lone surrogates. */
function copyOf(text: string): string {
  if (text.length < 13) return text;
  const copy: unknown = JSON.parse(JSON.stringify(text));
  return typeof copy === 'string' ? copy : text;
}

function isSame(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  const left = a.flat;
  const right = b.flat;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

function isSameSample(
  series: MemSeries,
  at: number,
  value: number,
  stale: boolean,
  histogram: NativeHistogram | undefined,
): boolean {
  const { extras } = series;
  const wasStale = extras?.stale?.[at] === 1;
  const before = extras?.histograms?.[at];
  if (stale !== wasStale) return false;
  if (histogram !== undefined || before !== undefined) return sameHistogram(histogram, before);
  return stale || Object.is(value, series.values[at]);
}
