import type { NativeHistogram } from '../../domain/histogram';
import { readonlyForm } from '../histogram/float-histogram';
import type { FloatHistogram } from '../histogram/float-histogram';
import { isReset } from '../histogram/resets';
import { extendedRate } from './extended-rate';
import { defineRangeFunction } from './function';
import type { RangeWindow } from './function';
import { combineNoting, extendedHistogramRate, histogramIncrease } from './histogram-rate';
import { isStartReset, startsOverlap } from './start-times';

type Result = number | NativeHistogram | undefined;

/** Growth over the window, extrapolated to its edges as Prometheus does. */
function extrapolated(window: RangeWindow, isCounter: boolean, isRate: boolean): Result {
  const floats = window.hi - window.lo;
  const histograms = window.histogramHi - window.histogramLo;
  if (floats > 0 && histograms > 0) {
    window.notes.mixedFloatsHistograms(window.labels.metricName, window.place);
    return undefined;
  }
  if (window.boundary !== undefined) {
    if (histograms > 0) return extendedHistogramRate(window, isCounter, isRate);
    return floats > 0 ? extendedRate(window, isCounter, isRate) : undefined;
  }
  return histograms > 0 ? rateOfHistograms(window, isCounter, isRate) : rateOfFloats(window, isCounter, isRate);
}

function rateOfFloats(window: RangeWindow, isCounter: boolean, isRate: boolean): number | undefined {
  const { times, values, lo, hi } = window;
  const last = hi - 1;
  const firstValue = values[lo] ?? NaN;
  let growth = (values[last] ?? NaN) - firstValue;
  if (isCounter) growth = window.starts === undefined ? pastResets(growth, window) : pastStartResets(growth, window);
  const firstTime = times[lo] ?? 0;
  const firstStart = isCounter ? (window.starts?.[lo] ?? 0) : 0;
  const startKnown = firstStart !== 0 && firstStart > window.start && firstStart < firstTime;
  if (last === lo && !startKnown) return undefined;
  if (startKnown) growth += firstValue;
  const toZero = isCounter && growth > 0 && firstValue >= 0 ? firstValue / growth : Infinity;
  const knownStart = startKnown ? firstStart : 0;
  return growth * extrapolation(window, isRate, last - lo, firstTime, times[last] ?? 0, knownStart, toZero);
}

/** Growth with the values before each reset within the window added, one after the other. */
function pastResets(growth: number, window: RangeWindow): number {
  const { values, lo, hi, resets } = window;
  let sum = growth;
  if (resets !== undefined) {
    for (let r = window.resetFrom; r < resets.length; r++) {
      const at = resets[r] ?? 0;
      if (at >= hi) break;
      if (at > lo) sum += values[at - 1] ?? 0;
    }
    return sum;
  }
  let previous = values[lo] ?? NaN;
  for (let i = lo + 1; i < hi; i++) {
    const current = values[i] ?? NaN;
    if (current < previous) sum += previous;
    previous = current;
  }
  return sum;
}

/** As `pastResets`, with start times that tell of resets too. */
function pastStartResets(growth: number, window: RangeWindow): number {
  const { times, values, starts, lo, hi } = window;
  let sum = growth;
  let overlapNoted = false;
  for (let i = lo + 1; i < hi; i++) {
    const previous = values[i - 1] ?? NaN;
    const previousStart = starts?.[i - 1] ?? 0;
    const previousTime = times[i - 1] ?? 0;
    const start = starts?.[i] ?? 0;
    if (!overlapNoted && startsOverlap(previousStart, previousTime, start)) {
      window.notes.startTimeOverlap(window.labels.metricName, window.place);
      overlapNoted = true;
    }
    if ((values[i] ?? NaN) < previous || isStartReset(previousStart, previousTime, start, times[i] ?? 0)) {
      sum += previous;
    }
  }
  return sum;
}

/**
 * By how much the sampled growth is to be scaled to cover the window (per second for rates).
 * @param knownStart when the counter was started, 0 when unknown.
 * @param toZero how far before the first sample a counter was zero, as part of the time sampled; Infinity for gauges.
 */
function extrapolation(
  window: RangeWindow,
  isRate: boolean,
  gaps: number,
  firstTime: number,
  lastTime: number,
  knownStart: number,
  toZero: number,
): number {
  let toStart = (firstTime - window.start) / 1000;
  let toEnd = (window.end - lastTime) / 1000;
  let sampled = (lastTime - firstTime) / 1000;
  const gap = gaps > 0 ? sampled / gaps : 0;
  const threshold = gap * 1.1;
  if (knownStart !== 0) {
    toStart = 0;
    sampled = (lastTime - knownStart) / 1000;
  } else {
    // The series is taken to begin half a gap before its first sample unless that is close to the window's edge; and no
    // counter begins below zero.
    if (toStart >= threshold) toStart = gap / 2;
    if (toZero !== Infinity) toStart = Math.min(toStart, sampled * toZero);
  }
  if (toEnd >= threshold) toEnd = gap / 2;
  const factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  return isRate ? factor / (window.range / 1000) : factor;
}

function rateOfHistograms(window: RangeWindow, isCounter: boolean, isRate: boolean): NativeHistogram | undefined {
  const { histogramLo: lo, histogramHi: hi, histograms, histogramTimes: times } = window;
  const first = histograms[lo];
  if (first === undefined) return undefined;
  const firstTime = times[lo] ?? 0;
  const firstStart = isCounter ? (window.histogramStarts?.[lo] ?? 0) : 0;
  const startKnown = firstStart !== 0 && firstStart > window.start && firstStart < firstTime;
  const gaps = hi - lo - 1;
  if (gaps === 0 && !startKnown) return undefined;
  let growth: FloatHistogram | undefined;
  if (gaps > 0) {
    growth = histogramIncrease(window, isCounter);
    if (growth === undefined) return undefined;
  }
  if (startKnown) {
    if (growth === undefined) growth = readonlyForm(first).copy();
    else if (!combineNoting(window, growth, readonlyForm(first), 1)) return undefined;
  }
  if (growth === undefined) return undefined;
  const toZero = isCounter && growth.count > 0 && first.count >= 0 ? first.count / growth.count : Infinity;
  const knownStart = startKnown ? firstStart : 0;
  const factor = extrapolation(window, isRate, gaps, firstTime, times[hi - 1] ?? 0, knownStart, toZero);
  return growth.mul(factor).toNative();
}

/** A sample of either kind. */
interface Last {
  readonly t: number;
  readonly start: number;
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

/** Growth from the last but one sample to the last. */
function instant(window: RangeWindow, isRate: boolean): Result {
  if (window.hi - window.lo + (window.histogramHi - window.histogramLo) < 2) return undefined;
  const candidates: Last[] = [];
  for (let i = Math.max(window.lo, window.hi - 2); i < window.hi; i++) {
    const value = window.values[i] ?? NaN;
    candidates.push({ t: window.times[i] ?? 0, start: window.starts?.[i] ?? 0, value, histogram: undefined });
  }
  for (let i = Math.max(window.histogramLo, window.histogramHi - 2); i < window.histogramHi; i++) {
    const native = window.histograms[i];
    if (native === undefined) continue;
    const t = window.histogramTimes[i] ?? 0;
    candidates.push({ t, start: window.histogramStarts?.[i] ?? 0, value: NaN, histogram: readonlyForm(native) });
  }
  candidates.sort((a, b) => a.t - b.t);
  const last = candidates.at(-1);
  const previous = candidates.at(-2);
  if (last === undefined || previous === undefined || last.t === previous.t) return undefined;
  const seconds = (last.t - previous.t) / 1000;
  const { labels, notes, place } = window;
  const started = isStartReset(previous.start, previous.t, last.start, last.t);
  if (last.histogram === undefined && previous.histogram === undefined) {
    const reset = isRate && (last.value < previous.value || started);
    const growth = reset ? last.value : last.value - previous.value;
    return isRate ? growth / seconds : growth;
  }
  if (last.histogram === undefined || previous.histogram === undefined) {
    notes.mixedFloatsHistograms(labels.metricName, place);
    return undefined;
  }
  const gauges = [last, previous].filter(({ histogram }) => histogram?.hint === 'gauge').length;
  if (isRate && gauges > 0) notes.notCounter(labels.metricName, place);
  if (!isRate && gauges < 2) notes.notGauge(labels.metricName, place);
  const growth = last.histogram.copy();
  if (!isRate || (!started && !isReset(last.histogram, previous.histogram))) {
    if (!combineNoting(window, growth, previous.histogram, -1)) return undefined;
  }
  growth.withHint('gauge').compact();
  return (isRate ? growth.div(seconds) : growth).toNative();
}

const BOTH = ['anchored', 'smoothed'] as const;

/** Growth of counters and gauges. */
export const rates = [
  defineRangeFunction({
    name: 'rate',
    doc: 'Growth of a counter per second over the window, resets made up for, extrapolated to its edges.',
    counter: true,
    usesResets: true,
    boundaries: BOTH,
    eval: (window) => extrapolated(window, true, true),
  }),
  defineRangeFunction({
    name: 'increase',
    doc: 'Growth of a counter over the window, resets made up for, extrapolated to its edges.',
    counter: true,
    usesResets: true,
    boundaries: BOTH,
    eval: (window) => extrapolated(window, true, false),
  }),
  defineRangeFunction({
    name: 'delta',
    doc: 'Change of a gauge over the window, extrapolated to its edges.',
    boundaries: BOTH,
    eval: (window) => extrapolated(window, false, false),
  }),
  defineRangeFunction({
    name: 'irate',
    doc: 'Growth of a counter per second between the last two samples of the window.',
    eval: (window) => instant(window, true),
  }),
  defineRangeFunction({
    name: 'idelta',
    doc: 'Change of a gauge between the last two samples of the window.',
    eval: (window) => instant(window, false),
  }),
];
