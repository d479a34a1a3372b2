import type { NativeHistogram } from '../domain/histogram';

/** Samples as columns, from index 0 to `length`; the arrays may be longer. */
export interface Columns {
  readonly length: number;
  /** Ascending, whole milliseconds. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** 1 where the sample is a staleness marker; undefined when none is. */
  readonly stale: Uint8Array | undefined;
  /** Undefined when no sample is a histogram. */
  readonly histograms: readonly (NativeHistogram | undefined)[] | undefined;
}

/** Samples `from` to `to` (exclusive) as new columns that share no memory. */
export function sliceColumns(columns: Columns, from: number, to: number): Columns {
  const stale = columns.stale?.slice(from, to);
  return {
    length: to - from,
    timestamps: columns.timestamps.slice(from, to),
    values: columns.values.slice(from, to),
    stale: stale?.includes(1) ? stale : undefined,
    histograms: columns.histograms?.slice(from, to),
  };
}

/**
 * Merges runs of samples into one. Of samples with one timestamp the one in the later run wins. Runs are usually in
 * order and disjoint: then they are copied one after the other.
 */
export function mergeColumns(runs: readonly Columns[]): Columns {
  const filled = runs.filter((run) => run.length > 0);
  const [only] = filled;
  if (only === undefined) return EMPTY_COLUMNS;
  if (filled.length === 1) return only;
  const disjoint = filled.every((run, i) => {
    const before = filled[i - 1];
    return before === undefined || (before.timestamps[before.length - 1] ?? 0) < (run.timestamps[0] ?? 0);
  });
  return disjoint ? concatenate(filled) : filled.reduce(mergeTwo);
}

/** No samples. */
export const EMPTY_COLUMNS: Columns = {
  length: 0,
  timestamps: new Float64Array(0),
  values: new Float64Array(0),
  stale: undefined,
  histograms: undefined,
};

function concatenate(runs: readonly Columns[]): Columns {
  const length = runs.reduce((sum, run) => sum + run.length, 0);
  const timestamps = new Float64Array(length);
  const values = new Float64Array(length);
  const stale = runs.some((run) => run.stale) ? new Uint8Array(length) : undefined;
  const histograms = runs.some((run) => run.histograms)
    ? new Array<NativeHistogram | undefined>(length).fill(undefined)
    : undefined;
  let at = 0;
  for (const run of runs) {
    timestamps.set(run.timestamps.subarray(0, run.length), at);
    values.set(run.values.subarray(0, run.length), at);
    if (stale && run.stale) stale.set(run.stale.subarray(0, run.length), at);
    if (histograms && run.histograms) for (let i = 0; i < run.length; i++) histograms[at + i] = run.histograms[i];
    at += run.length;
  }
  return { length, timestamps, values, stale, histograms };
}

function mergeTwo(a: Columns, b: Columns): Columns {
  const capacity = a.length + b.length;
  const timestamps = new Float64Array(capacity);
  const values = new Float64Array(capacity);
  const stale = a.stale || b.stale ? new Uint8Array(capacity) : undefined;
  const histograms = a.histograms || b.histograms ? new Array<NativeHistogram | undefined>(capacity) : undefined;
  let length = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a.timestamps[i] ?? 0) : Infinity;
    const right = j < b.length ? (b.timestamps[j] ?? 0) : Infinity;
    const source = right <= left ? b : a;
    const index = right <= left ? j : i;
    if (right <= left) j++;
    if (left <= right) i++;
    timestamps[length] = source.timestamps[index] ?? 0;
    values[length] = source.values[index] ?? 0;
    if (stale) stale[length] = source.stale?.[index] ?? 0;
    if (histograms) histograms[length] = source.histograms?.[index];
    length++;
  }
  return { length, timestamps, values, stale, histograms };
}
