import type { NativeHistogram } from '../../domain/histogram';
import { Labels } from '../../domain/labels';
import type { SeriesColumns } from '../../storage';
import type { Place, VectorSelector } from '../ast';
import type { RangeWindow } from '../functions/function';
import { withoutBuckets } from './bucketless';
import type { QueryEnvironment } from './environment';

const NO_NUMBERS: readonly number[] = [];
const NO_HISTOGRAMS: readonly NativeHistogram[] = [];

/** A window over nothing, to be filled. */
export function newWindow(
  environment: QueryEnvironment,
  place: Place,
  boundary: VectorSelector['boundary'],
): RangeWindow {
  return {
    times: NO_NUMBERS,
    values: NO_NUMBERS,
    lo: 0,
    hi: 0,
    histogramTimes: NO_NUMBERS,
    histograms: NO_HISTOGRAMS,
    histogramLo: 0,
    histogramHi: 0,
    starts: undefined,
    histogramStarts: undefined,
    resets: undefined,
    resetFrom: 0,
    at: 0,
    start: 0,
    end: 0,
    range: 0,
    lookback: environment.lookback,
    boundary,
    labels: Labels.EMPTY,
    args: NO_NUMBERS,
    place,
    argPlaces: [],
    notes: environment.notes,
  };
}

/** A window over all samples of one series. */
export function windowOver(environment: QueryEnvironment, columns: SeriesColumns, node: VectorSelector): RangeWindow {
  const window = newWindow(environment, node, node.boundary);
  load(window, columns);
  return window;
}

/** Sets the window upon all samples of a series; staleness markers are left out, histograms kept apart from floats. */
export function load(window: RangeWindow, columns: SeriesColumns, bucketless = false): void {
  const { timestamps, values, from, to, stale, histograms, starts } = columns;
  window.labels = columns.labels;
  window.histogramTimes = NO_NUMBERS;
  window.histograms = NO_HISTOGRAMS;
  window.histogramLo = 0;
  window.histogramHi = 0;
  window.histogramStarts = undefined;
  window.resets = undefined;
  if (stale === undefined && histograms === undefined) {
    window.times = timestamps;
    window.values = values;
    window.starts = starts;
    window.lo = from;
    window.hi = to;
    window.resets = columns.resets;
    return;
  }
  const times: number[] = [];
  const numbers: number[] = [];
  const numberStarts: number[] = [];
  const histogramTimes: number[] = [];
  const natives: NativeHistogram[] = [];
  const histogramStarts: number[] = [];
  for (let i = from; i < to; i++) {
    if (stale?.[i] === 1) continue;
    const t = timestamps[i] ?? 0;
    const histogram = histograms?.[i];
    if (histogram === undefined) {
      times.push(t);
      numbers.push(values[i] ?? NaN);
      numberStarts.push(starts?.[i] ?? 0);
    } else {
      histogramTimes.push(t);
      const before = i === from ? undefined : histograms?.[i - 1];
      natives.push(bucketless ? withoutBuckets(histogram, before) : histogram);
      histogramStarts.push(starts?.[i] ?? 0);
    }
  }
  window.times = times;
  window.values = numbers;
  window.lo = 0;
  window.hi = times.length;
  window.histogramTimes = histogramTimes;
  window.histograms = natives;
  window.histogramHi = natives.length;
  if (starts !== undefined) {
    window.starts = numberStarts;
    window.histogramStarts = histogramStarts;
  }
}
