import type { NativeHistogram } from '../domain/histogram';
import type { Labels } from '../domain/labels';
import type { NewestSample } from '../storage';
import type { Columns } from './columns';
import { grownCapacity, TimeColumn } from './time-column';

/** Histograms and staleness markers: most series have none. By the index of the values. */
interface Extras {
  stale: Uint8Array | undefined;
  histograms: (NativeHistogram | undefined)[] | undefined;
}

const NO_VALUES = new Float64Array(0);
const NO_RESETS: readonly number[] = [];
/** `MemSeries.resets` says that too many are resets for a counter. */
const NO_COUNTER: readonly number[] = [];
/** With more resets than that, and more than one in so many samples, it is no counter. */
const MIN_RESETS = 16;
const MIN_PER_RESET = 4;
const NO_TIMES = new TimeColumn(0);

/** The samples of one series that are in memory, and what is known about those that are not. */
export class MemSeries {
  /** Samples in memory. */
  length = 0;
  column: TimeColumn = NO_TIMES;
  values: Float64Array = NO_VALUES;
  extras: Extras | undefined;
  /** Resets among the first `resetsTo` values. Lists are replaced, never changed. */
  private resets = NO_RESETS;
  private resetsTo = 0;
  /** The newest sample ever taken, in memory or not; -Infinity before the first. */
  newest = -Infinity;
  /** Removed from the index; must not be written to. */
  dropped = false;

  constructor(
    readonly id: number,
    readonly labels: Labels,
  ) {}

  /** Adds a sample newer than all in memory. `newborn` gives the column that a first sample at `t` starts. */
  push(
    t: number,
    value: number,
    stale: boolean,
    histogram: NativeHistogram | undefined,
    newborn: (t: number) => TimeColumn,
  ): void {
    const n = this.length;
    let { column } = this;
    if (n === 0) column = this.column = newborn(t);
    else if (n === column.length) column.push(t);
    else if (column.data[n] !== t) this.column = column.forkAt(n, t);
    let { values } = this;
    if (n === values.length) {
      values = new Float64Array(n === 0 ? 4 : grownCapacity(n));
      values.set(this.values);
      this.values = values;
    }
    values[n] = value;
    if (stale || histogram !== undefined || this.extras !== undefined) this.setExtras(n, stale, histogram);
    this.length = n + 1;
    if (t > this.newest) this.newest = t;
  }

  /** Adds a sample among older and newer ones, at index `at`. Columns that readers may hold are left alone. */
  insert(at: number, t: number, value: number, stale: boolean, histogram: NativeHistogram | undefined): void {
    const n = this.length;
    const column = new TimeColumn(grownCapacity(n + 1));
    column.data.set(this.column.data.subarray(0, at));
    column.data[at] = t;
    column.data.set(this.column.data.subarray(at, n), at + 1);
    column.length = n + 1;
    const values = new Float64Array(grownCapacity(n + 1));
    values.set(this.values.subarray(0, at));
    values[at] = value;
    values.set(this.values.subarray(at, n), at + 1);
    const { extras } = this;
    if (extras?.stale) {
      const marks = new Uint8Array(values.length);
      marks.set(extras.stale.subarray(0, at));
      marks.set(extras.stale.subarray(at, n), at + 1);
      extras.stale = marks;
    }
    if (extras?.histograms) {
      extras.histograms = [...extras.histograms.slice(0, at), undefined, ...extras.histograms.slice(at, n)];
    }
    this.column = column;
    this.values = values;
    this.length = n + 1;
    this.forgetResets();
    if (stale || histogram !== undefined || extras !== undefined) this.setExtras(at, stale, histogram);
    if (t > this.newest) this.newest = t;
  }

  /** What is in memory; shares the arrays. */
  columns(): Columns {
    return {
      length: this.length,
      timestamps: this.column.data,
      values: this.values,
      stale: this.extras?.stale,
      histograms: this.extras?.histograms,
    };
  }

  /** The newest sample in memory that is no staleness marker. */
  newestSample(): NewestSample | undefined {
    const { column, values, extras } = this;
    for (let at = this.length - 1; at >= 0; at--) {
      if (extras?.stale?.[at] === 1) continue;
      const histogram = extras?.histograms?.[at];
      const t = column.data[at] ?? 0;
      return histogram === undefined ? { t, value: values[at] ?? NaN } : { t, value: NaN, histogram };
    }
    return undefined;
  }

  /**
   * Indices at which the value is less than the one before; undefined when there are too many for a counter. Looked for
   * among new values only.
   */
  knownResets(): readonly number[] | undefined {
    const { values, length } = this;
    if (this.resets === NO_COUNTER) return undefined;
    if (this.resetsTo === length) return this.resets;
    let found: number[] | undefined;
    for (let i = Math.max(1, this.resetsTo); i < length; i++) {
      if ((values[i] ?? NaN) < (values[i - 1] ?? NaN)) (found ??= []).push(i);
    }
    if (found !== undefined) this.resets = [...this.resets, ...found];
    this.resetsTo = length;
    if (this.resets.length > MIN_RESETS && this.resets.length * MIN_PER_RESET > length) this.resets = NO_COUNTER;
    return this.resets === NO_COUNTER ? undefined : this.resets;
  }

  private forgetResets(): void {
    this.resets = NO_RESETS;
    this.resetsTo = 0;
  }

  /** Forgets the first `count` samples. */
  cut(count: number): void {
    const left = this.length - count;
    this.forgetResets();
    if (left === 0) {
      this.column = NO_TIMES;
      this.values = NO_VALUES;
      this.extras = undefined;
      this.length = 0;
      return;
    }
    this.column = this.column.successorFrom(count, this.length);
    const values = new Float64Array(grownCapacity(left));
    values.set(this.values.subarray(count, this.length));
    this.values = values;
    if (this.extras) this.extras = cutExtras(this.extras, count, this.length, values.length);
    this.length = left;
  }

  /** Takes out samples `from` to `to` (exclusive). Columns that readers may hold are left alone. */
  remove(from: number, to: number): void {
    if (from >= to) return;
    if (from === 0) {
      this.cut(to);
      return;
    }
    const { length, extras } = this;
    const left = length - (to - from);
    const kept = new Float64Array(grownCapacity(left));
    kept.set(this.values.subarray(0, from));
    kept.set(this.values.subarray(to, length), from);
    if (extras) this.extras = extrasWithout(extras, from, to, length, kept.length);
    // The start of a column is a column: what follows in it is not the series'.
    if (to < length) this.column = this.column.without(from, to, length);
    this.values = kept;
    this.length = left;
    this.forgetResets();
  }

  private setExtras(at: number, stale: boolean, histogram: NativeHistogram | undefined): void {
    const extras = (this.extras ??= { stale: undefined, histograms: undefined });
    if (stale || extras.stale !== undefined) {
      let marks = extras.stale;
      if (marks === undefined || marks.length < this.values.length) {
        marks = new Uint8Array(this.values.length);
        if (extras.stale) marks.set(extras.stale);
        extras.stale = marks;
      }
      marks[at] = stale ? 1 : 0;
    }
    if (histogram !== undefined || extras.histograms !== undefined) {
      const histograms = (extras.histograms ??= new Array<NativeHistogram | undefined>(at).fill(undefined));
      histograms[at] = histogram;
    }
  }
}

function extrasWithout(
  { stale, histograms }: Extras,
  from: number,
  to: number,
  length: number,
  capacity: number,
): Extras | undefined {
  let marks: Uint8Array | undefined;
  if (stale) {
    marks = new Uint8Array(capacity);
    marks.set(stale.subarray(0, from));
    marks.set(stale.subarray(to, length), from);
  }
  const left = histograms && [...histograms.slice(0, from), ...histograms.slice(to, length)];
  return cutExtras({ stale: marks, histograms: left }, 0, length - (to - from), capacity);
}

function cutExtras(extras: Extras, from: number, to: number, capacity: number): Extras | undefined {
  const marks = extras.stale?.subarray(from, to);
  let stale: Uint8Array | undefined;
  if (marks?.includes(1)) {
    stale = new Uint8Array(capacity);
    stale.set(marks);
  }
  const kept = extras.histograms?.slice(from, to);
  const histograms = kept?.some((histogram) => histogram !== undefined) ? kept : undefined;
  return stale || histograms ? { stale, histograms } : undefined;
}
