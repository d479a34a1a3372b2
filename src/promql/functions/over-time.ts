import type { NativeHistogram } from '../../domain/histogram';
import { isInfinite, KahanSum, quantileOf } from '../eval/numbers';
import { defineRangeFunction } from './function';
import type { RangeWindow } from './function';
import { averageOf, sumOf } from './histogram-sums';

/** Notes that histograms stand among the floats; true when there is no float at all. */
function hasNoFloats(window: RangeWindow): boolean {
  if (window.hi === window.lo) return true;
  noteIgnored(window);
  return false;
}

function noteIgnored(window: RangeWindow): void {
  if (window.histogramHi > window.histogramLo) {
    window.notes.ignoredInMixedRange(window.labels.metricName, window.place);
  }
}

/** Notes a mix of floats and histograms, which cannot be summed. */
function isMixed(window: RangeWindow): boolean {
  if (window.hi === window.lo || window.histogramHi === window.histogramLo) return false;
  window.notes.mixedFloatsHistograms(window.labels.metricName, window.place);
  return true;
}

function sum(window: RangeWindow): number {
  const { values, lo, hi } = window;
  let total = 0;
  let compensation = 0;
  for (let i = lo; i < hi; i++) {
    const value = values[i] ?? NaN;
    const next = total + value;
    if (next === Infinity || next === -Infinity) compensation = 0;
    else if (Math.abs(total) >= Math.abs(value)) compensation += total - next + value;
    else compensation += value - next + total;
    total = next;
  }
  return isInfinite(total) ? total : total + compensation;
}

/** The mean: directly while the sum does not overflow, step by step from there on. */
function average({ values, lo, hi }: RangeWindow): number {
  const total = new KahanSum(values[lo] ?? NaN);
  let mean: KahanSum | undefined;
  let count = 1;
  for (let i = lo + 1; i < hi; i++) {
    const value = values[i] ?? NaN;
    count++;
    if (mean === undefined) {
      const { sum: before, compensation } = total;
      total.add(value);
      if (!isInfinite(total.sum)) continue;
      mean = new KahanSum(before / (count - 1), compensation / (count - 1));
    }
    const weight = (count - 1) / count;
    mean = new KahanSum(weight * mean.sum, weight * mean.compensation);
    mean.add(value / count);
  }
  return mean === undefined ? total.sum / count + total.compensation / count : mean.total;
}

function variance({ values, lo, hi }: RangeWindow): number {
  const mean = new KahanSum();
  const squares = new KahanSum();
  let count = 0;
  for (let i = lo; i < hi; i++) {
    const value = values[i] ?? NaN;
    count++;
    const delta = value - mean.total;
    mean.add(delta / count);
    squares.add(delta * (value - mean.total));
  }
  return squares.total / count;
}

/** The index of the value that `beats` all others; a NaN is beaten by any number. */
function extreme(window: RangeWindow, beats: (value: number, best: number) => boolean): number {
  const { values, lo, hi } = window;
  let at = lo;
  let best = values[lo] ?? NaN;
  for (let i = lo; i < hi; i++) {
    const value = values[i] ?? NaN;
    if (beats(value, best) || Number.isNaN(best)) {
      best = value;
      at = i;
    }
  }
  return at;
}

function floatsOf({ values, lo, hi }: RangeWindow): number[] {
  const floats: number[] = [];
  for (let i = lo; i < hi; i++) floats.push(values[i] ?? NaN);
  return floats;
}

function deviation(window: RangeWindow): number {
  const floats = floatsOf(window);
  if (floats.some(Number.isNaN)) return NaN;
  const median = quantileOf(0.5, floats);
  return quantileOf(
    0.5,
    floats.map((value) => Math.abs(value - median)),
  );
}

function first(window: RangeWindow): number | NativeHistogram | undefined {
  const histogram = window.histogramLo < window.histogramHi ? window.histograms[window.histogramLo] : undefined;
  const hasFloat = window.lo < window.hi;
  const earlier = hasFloat && (window.times[window.lo] ?? 0) < (window.histogramTimes[window.histogramLo] ?? 0);
  return histogram === undefined || earlier ? window.values[window.lo] : histogram;
}

function last(window: RangeWindow): number | NativeHistogram | undefined {
  const hasHistogram = window.histogramLo < window.histogramHi;
  const histogram = hasHistogram ? window.histograms[window.histogramHi - 1] : undefined;
  const hasFloat = window.lo < window.hi;
  const later = hasFloat && (window.histogramTimes[window.histogramHi - 1] ?? 0) < (window.times[window.hi - 1] ?? 0);
  return histogram === undefined || later ? window.values[window.hi - 1] : histogram;
}

/** The area under the curve; NaN counts as 0. */
function integral(window: RangeWindow): number {
  const { values, times, lo, hi } = window;
  let strategy = 2;
  const wanted = window.args[0];
  if (wanted !== undefined) {
    const place = window.argPlaces[0] ?? window.place;
    if (wanted === 0 || wanted === 1 || wanted === 2) strategy = wanted;
    else window.notes.integralStrategy(wanted, place);
  }
  const area = new KahanSum();
  for (let i = lo + 1; i < hi; i++) {
    const previous = (values[i - 1] ?? NaN) || 0;
    const current = (values[i] ?? NaN) || 0;
    const seconds = ((times[i] ?? 0) - (times[i - 1] ?? 0)) / 1000;
    if (strategy === 0) area.add(previous * seconds);
    else if (strategy === 1) area.add(current * seconds);
    else addTrapezoid(area, previous, current, seconds);
  }
  return isInfinite(area.sum) ? area.sum : area.total;
}

/** The mean of both values times the distance, with what the mean's own rounding lost. */
function addTrapezoid(area: KahanSum, previous: number, current: number, seconds: number): void {
  const pair = new KahanSum(previous);
  pair.add(current);
  const overflows = isInfinite(pair.sum) && !isInfinite(previous) && !isInfinite(current);
  area.compensation += overflows ? 0 : (pair.compensation / 2) * seconds;
  area.add((overflows ? previous / 2 + current / 2 : pair.sum / 2) * seconds);
}

const stamp = (t: number | undefined): number => (t ?? NaN) / 1000;

/** Aggregations of one series over time. */
export const overTime = [
  defineRangeFunction({
    name: 'avg_over_time',
    doc: 'Mean of the samples of the window.',
    eval: (window) => {
      if (isMixed(window)) return undefined;
      return window.hi === window.lo ? averageOf(window) : average(window);
    },
  }),
  defineRangeFunction({
    name: 'sum_over_time',
    doc: 'Sum of the samples of the window.',
    eval: (window) => {
      if (isMixed(window)) return undefined;
      return window.hi === window.lo ? sumOf(window) : sum(window);
    },
  }),
  defineRangeFunction({
    name: 'count_over_time',
    doc: 'How many samples the window holds.',
    eval: (window) => window.hi - window.lo + window.histogramHi - window.histogramLo,
  }),
  defineRangeFunction({
    name: 'min_over_time',
    doc: 'Smallest float of the window.',
    eval: (window) => (hasNoFloats(window) ? undefined : window.values[extreme(window, (value, best) => value < best)]),
  }),
  defineRangeFunction({
    name: 'max_over_time',
    doc: 'Largest float of the window.',
    eval: (window) => (hasNoFloats(window) ? undefined : window.values[extreme(window, (value, best) => value > best)]),
  }),
  defineRangeFunction({
    name: 'ts_of_min_over_time',
    doc: 'When the last smallest float of the window was taken, in seconds since the epoch.',
    experimental: true,
    eval: (window) =>
      hasNoFloats(window) ? undefined : stamp(window.times[extreme(window, (value, best) => value <= best)]),
  }),
  defineRangeFunction({
    name: 'ts_of_max_over_time',
    doc: 'When the last largest float of the window was taken, in seconds since the epoch.',
    experimental: true,
    eval: (window) =>
      hasNoFloats(window) ? undefined : stamp(window.times[extreme(window, (value, best) => value >= best)]),
  }),
  defineRangeFunction({
    name: 'ts_of_first_over_time',
    doc: 'When the first sample of the window was taken, in seconds since the epoch.',
    experimental: true,
    eval: (window) =>
      stamp(
        Math.min(
          window.lo < window.hi ? (window.times[window.lo] ?? Infinity) : Infinity,
          window.histogramLo < window.histogramHi ? (window.histogramTimes[window.histogramLo] ?? Infinity) : Infinity,
        ),
      ),
  }),
  defineRangeFunction({
    name: 'ts_of_last_over_time',
    doc: 'When the last sample of the window was taken, in seconds since the epoch.',
    experimental: true,
    eval: (window) =>
      stamp(
        Math.max(
          window.lo < window.hi ? (window.times[window.hi - 1] ?? -Infinity) : -Infinity,
          window.histogramLo < window.histogramHi
            ? (window.histogramTimes[window.histogramHi - 1] ?? -Infinity)
            : -Infinity,
        ),
      ),
  }),
  defineRangeFunction({
    name: 'first_over_time',
    doc: 'First sample of the window.',
    keepsName: true,
    eval: first,
  }),
  defineRangeFunction({ name: 'last_over_time', doc: 'Last sample of the window.', keepsName: true, eval: last }),
  defineRangeFunction({
    name: 'present_over_time',
    doc: '1 for each series with a sample in the window.',
    eval: () => 1,
  }),
  defineRangeFunction({
    name: 'quantile_over_time',
    doc: 'The φ-quantile of the floats of the window.',
    args: ['scalar', 'matrix'],
    eval: (window) => {
      if (window.hi === window.lo) return undefined;
      const q = window.args[0] ?? NaN;
      if (!(q >= 0 && q <= 1)) window.notes.invalidQuantile(q, window.argPlaces[0] ?? window.place);
      noteIgnored(window);
      return quantileOf(q, floatsOf(window));
    },
  }),
  defineRangeFunction({
    name: 'stddev_over_time',
    doc: 'Population standard deviation of the floats of the window.',
    eval: (window) => (hasNoFloats(window) ? undefined : Math.sqrt(variance(window))),
  }),
  defineRangeFunction({
    name: 'stdvar_over_time',
    doc: 'Population variance of the floats of the window.',
    eval: (window) => (hasNoFloats(window) ? undefined : variance(window)),
  }),
  defineRangeFunction({
    name: 'mad_over_time',
    doc: 'Median absolute deviation of the floats of the window.',
    experimental: true,
    eval: (window) => (hasNoFloats(window) ? undefined : deviation(window)),
  }),
  defineRangeFunction({
    name: 'integral',
    doc: 'Area under the floats of the window, in value times seconds; strategy 0 left, 1 right, 2 trapezoidal.',
    args: ['matrix', 'scalar'],
    variadic: 1,
    experimental: true,
    eval: (window) => (hasNoFloats(window) ? undefined : integral(window)),
  }),
];
