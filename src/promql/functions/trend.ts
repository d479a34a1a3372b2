import { PromqlExecutionError } from '../errors';
import { isInfinite, KahanSum } from '../eval/numbers';
import { readonlyForm } from '../histogram/float-histogram';
import { isReset } from '../histogram/resets';
import { defineRangeFunction } from './function';
import type { RangeWindow } from './function';
import { isStartReset } from './start-times';

/** Whether there are two floats to draw a line through; notes histograms left aside. */
function hasLine(window: RangeWindow): boolean {
  const floats = window.hi - window.lo;
  if (floats > 0 && window.histogramHi > window.histogramLo) {
    window.notes.ignoredInMixedRange(window.labels.metricName, window.place);
  }
  return floats >= 2;
}

/** Least squares through the floats; the intercept is the value at `at`. */
function regression(window: RangeWindow, at: number): { slope: number; intercept: number } {
  const { times, values, lo, hi } = window;
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumX2 = new KahanSum();
  const firstY = values[lo] ?? NaN;
  let constant = true;
  for (let i = lo; i < hi; i++) {
    const y = values[i] ?? NaN;
    if (i > lo && y !== firstY) constant = false;
    const x = ((times[i] ?? 0) - at) / 1000;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumX2.add(x * x);
  }
  if (constant) return isInfinite(firstY) ? { slope: NaN, intercept: NaN } : { slope: 0, intercept: firstY };
  const n = hi - lo;
  const covariance = sumXY.total - (sumX.total * sumY.total) / n;
  const variance = sumX2.total - (sumX.total * sumX.total) / n;
  const slope = covariance / variance;
  return { slope, intercept: sumY.total / n - (slope * sumX.total) / n };
}

function smooth(window: RangeWindow): number | undefined {
  const { values, lo, hi, args } = window;
  const smoothing = args[0] ?? NaN;
  const trend = args[1] ?? NaN;
  for (const [what, factor] of [
    ['smoothing', smoothing],
    ['trend', trend],
  ] as const) {
    if (!(factor > 0 && factor < 1)) {
      const short = what === 'smoothing' ? 'sf' : 'tf';
      throw new PromqlExecutionError(
        `invalid ${what} factor. Expected: 0 < ${short} < 1, got: ${Number.isNaN(factor) ? 'NaN' : factor.toFixed(6)}`,
      );
    }
  }
  if (!hasLine(window)) return undefined;
  let before = 0;
  let smoothed = values[lo] ?? NaN;
  let slope = (values[lo + 1] ?? NaN) - smoothed;
  for (let i = lo + 1; i < hi; i++) {
    if (i > lo + 1) slope = trend * (smoothed - before) + (1 - trend) * slope;
    const next = smoothing * (values[i] ?? NaN) + (1 - smoothing) * (smoothed + slope);
    before = smoothed;
    smoothed = next;
  }
  return smoothed;
}

/** Calls `onStep` for each pair of neighbours; undefined when an anchored window holds no sample past its start. */
function countSteps(window: RangeWindow, differs: (previous: Sample, current: Sample) => boolean): number | undefined {
  const samples = samplesOf(window);
  let from = 0;
  if (window.boundary === 'anchored') {
    // The last sample at or before the start is the anchor; earlier ones do not count.
    while (from + 1 < samples.length && (samples[from + 1]?.t ?? 0) <= window.start) from++;
    if ((samples.at(-1)?.t ?? -Infinity) <= window.start) return undefined;
  }
  let count = 0;
  for (let i = from + 1; i < samples.length; i++) {
    const previous = samples[i - 1];
    const current = samples[i];
    if (previous !== undefined && current !== undefined && differs(previous, current)) count++;
  }
  return count;
}

interface Sample {
  readonly t: number;
  readonly start: number;
  readonly value: number;
  readonly histogram: RangeWindow['histograms'][number] | undefined;
}

function samplesOf(window: RangeWindow): Sample[] {
  const samples: Sample[] = [];
  let i = window.lo;
  let j = window.histogramLo;
  while (i < window.hi || j < window.histogramHi) {
    const floatTime = i < window.hi ? (window.times[i] ?? 0) : Infinity;
    const histogramTime = j < window.histogramHi ? (window.histogramTimes[j] ?? 0) : Infinity;
    if (floatTime < histogramTime) {
      const value = window.values[i] ?? NaN;
      samples.push({ t: floatTime, start: window.starts?.[i] ?? 0, value, histogram: undefined });
      i++;
    } else {
      const start = window.histogramStarts?.[j] ?? 0;
      samples.push({ t: histogramTime, start, value: NaN, histogram: window.histograms[j] });
      j++;
    }
  }
  return samples;
}

function changed(previous: Sample, current: Sample): boolean {
  if (previous.histogram !== undefined && current.histogram !== undefined) {
    return !readonlyForm(current.histogram).equals(readonlyForm(previous.histogram));
  }
  if (previous.histogram !== undefined || current.histogram !== undefined) return true;
  return current.value !== previous.value && !(Number.isNaN(current.value) && Number.isNaN(previous.value));
}

function wasReset(previous: Sample, current: Sample): boolean {
  if ((previous.histogram === undefined) !== (current.histogram === undefined)) return true;
  if (isStartReset(previous.start, previous.t, current.start, current.t)) return true;
  if (previous.histogram === undefined || current.histogram === undefined) return current.value < previous.value;
  return isReset(readonlyForm(current.histogram), readonlyForm(previous.histogram));
}

/** Where a series is heading, and how often it changed on the way. */
export const trends = [
  defineRangeFunction({
    name: 'deriv',
    doc: 'Change per second of a gauge, by a line through the samples of the window.',
    eval: (window) => (hasLine(window) ? regression(window, window.times[window.lo] ?? 0).slope : undefined),
  }),
  defineRangeFunction({
    name: 'predict_linear',
    doc: 'The value that many seconds from now, by a line through the samples of the window.',
    args: ['matrix', 'scalar'],
    varies: true,
    eval: (window) => {
      if (!hasLine(window)) return undefined;
      const { slope, intercept } = regression(window, window.at);
      return slope * (window.args[0] ?? NaN) + intercept;
    },
  }),
  defineRangeFunction({
    name: 'double_exponential_smoothing',
    doc: 'The samples of the window smoothed by a level and a trend factor, each between 0 and 1.',
    args: ['matrix', 'scalar', 'scalar'],
    experimental: true,
    eval: smooth,
  }),
  defineRangeFunction({
    name: 'changes',
    doc: 'How often the value changed within the window.',
    boundaries: ['anchored'],
    eval: (window) => countSteps(window, changed),
  }),
  defineRangeFunction({
    name: 'resets',
    doc: 'How often a counter was reset within the window.',
    boundaries: ['anchored'],
    eval: (window) => countSteps(window, wasReset),
  }),
];
