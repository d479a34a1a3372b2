import type { NativeHistogram } from '../../domain/histogram';
import { combine, IncompatibleSchemaError } from '../histogram/arithmetic';
import { FloatHistogram, readonlyForm } from '../histogram/float-histogram';
import { isReset } from '../histogram/resets';
import type { RangeWindow } from './function';
import { isStartReset, startsOverlap } from './start-times';

/** Adds (or subtracts) in place and remarks on what happened; false when the two do not go together. */
export function combineNoting(
  window: RangeWindow,
  target: FloatHistogram,
  other: FloatHistogram,
  sign: 1 | -1,
): boolean {
  try {
    const { boundsReconciled } = combine(target, other, sign);
    if (boundsReconciled) window.notes.boundsReconciled(sign === 1 ? 'addition' : 'subtraction', window.place);
    return true;
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    window.notes.mixedBuckets(window.labels.metricName, window.place);
    return false;
  }
}

function histogramAt(window: RangeWindow, index: number): FloatHistogram {
  const native = window.histograms[index];
  return native === undefined ? new FloatHistogram() : readonlyForm(native);
}

/** The growth from the first to the last histogram of the window, counter resets made up for. */
export function histogramIncrease(window: RangeWindow, isCounter: boolean): FloatHistogram | undefined {
  const { histogramLo: from, histogramHi: to, notes, place, histogramTimes: times } = window;
  const starts = window.histogramStarts;
  const metric = window.labels.metricName;
  const first = histogramAt(window, from);
  const last = histogramAt(window, to - 1);
  const startReset = (i: number): boolean =>
    starts !== undefined && isStartReset(starts[i - 1] ?? 0, times[i - 1] ?? 0, starts[i] ?? 0, times[i] ?? 0);
  if (isCounter && (first.hint === 'gauge' || last.hint === 'gauge')) notes.notCounter(metric, place);
  let previous = first;
  if (isCounter) {
    const second = histogramAt(window, from + 1);
    if (startReset(from + 1) || isReset(second, first)) {
      // What came before the reset does not count: its buckets need not fit.
      previous = new FloatHistogram();
      previous.schema = second.schema;
      previous.customValues = second.customValues;
    }
  }
  const { custom } = previous;
  if (last.custom !== custom) {
    notes.mixedBuckets(metric, place);
    return undefined;
  }
  let schema = Math.min(last.schema, previous.schema);
  if (isCounter) {
    for (let i = from + 1; i < to - 1; i++) {
      const current = histogramAt(window, i);
      if (current.hint === 'gauge') notes.notCounter(metric, place);
      schema = Math.min(schema, current.schema);
      if (current.custom !== custom) {
        notes.mixedBuckets(metric, place);
        return undefined;
      }
    }
  }
  const growth = last.copy();
  if (!custom) growth.reduceTo(schema);
  if (!combineNoting(window, growth, previous, -1)) return undefined;
  if (isCounter) {
    let overlapNoted = false;
    for (let i = from + 1; i < to; i++) {
      const current = histogramAt(window, i);
      if (
        !overlapNoted &&
        starts !== undefined &&
        startsOverlap(starts[i - 1] ?? 0, times[i - 1] ?? 0, starts[i] ?? 0)
      ) {
        notes.startTimeOverlap(metric, place);
        overlapNoted = true;
      }
      if (startReset(i) || isReset(current, previous)) {
        if (!combineNoting(window, growth, previous, 1)) return undefined;
      }
      previous = current;
    }
  } else if (first.hint !== 'gauge' || last.hint !== 'gauge') {
    notes.notGauge(metric, place);
  }
  return growth.withHint('gauge').compact();
}

/** The histogram between two samples, growing evenly; undefined when they do not go together. */
export function interpolateHistogram(
  window: RangeWindow,
  [before, beforeTime]: readonly [FloatHistogram, number],
  [after, afterTime]: readonly [FloatHistogram, number],
  at: number,
  isCounter: boolean,
): FloatHistogram | undefined {
  if (at === beforeTime) return before.copy();
  if (at === afterTime) return after.copy();
  const fraction = (at - beforeTime) / (afterTime - beforeTime);
  if (isCounter && isReset(after, before)) return after.copy().mul(fraction);
  const result = after.copy();
  if (!combineNoting(window, result, before, -1)) return undefined;
  result.mul(fraction);
  return combineNoting(window, result, before, 1) ? result : undefined;
}

/** `rate`, `increase` and `delta` of histograms with `anchored` or `smoothed`. */
export function extendedHistogramRate(
  window: RangeWindow,
  isCounter: boolean,
  isRate: boolean,
): NativeHistogram | undefined {
  const { histogramLo: from, histogramHi: to, histogramTimes: times, start, end, notes, place } = window;
  const metric = window.labels.metricName;
  const smoothed = window.boundary === 'smoothed';
  const timeAt = (i: number): number => times[i] ?? 0;
  const first = lastAtOrBefore(timeAt, from, to - 1, start);
  let last = to - 1;
  if (smoothed) last = firstAtOrAfter(timeAt, from, to - 1, end);
  if (timeAt(last) <= start || (smoothed && timeAt(first) > end)) return undefined;
  const { custom } = histogramAt(window, first);
  for (let i = first; i <= last; i++) {
    const current = histogramAt(window, i);
    if (current.custom !== custom) {
      notes.mixedBuckets(metric, place);
      return undefined;
    }
    if (isCounter && current.hint === 'gauge') notes.notCounter(metric, place);
  }
  const pair = (i: number): readonly [FloatHistogram, number] => [histogramAt(window, i), timeAt(i)];
  const left =
    smoothed && timeAt(first) < start
      ? interpolateHistogram(window, pair(first), pair(first + 1), start, isCounter)
      : histogramAt(window, first).copy();
  const right =
    smoothed && last > from && timeAt(last) > end
      ? interpolateHistogram(window, pair(last - 1), pair(last), end, isCounter)
      : histogramAt(window, last).copy();
  if (left === undefined || right === undefined) return undefined;
  if (!isCounter && (left.hint !== 'gauge' || right.hint !== 'gauge')) notes.notGauge(metric, place);
  const result = right.copy();
  if (!combineNoting(window, result, left, -1)) return undefined;
  if (isCounter) {
    let previous = left;
    let next = first + 1;
    if (smoothed && timeAt(first) < start && isReset(histogramAt(window, first + 1), histogramAt(window, first))) {
      // The interpolation at the left edge has made up for this reset.
      previous = histogramAt(window, first + 1);
      next++;
    }
    if (next <= last) {
      let correction: FloatHistogram | undefined;
      const note = (reset: FloatHistogram): boolean => {
        if (correction !== undefined) return combineNoting(window, correction, reset, 1);
        correction = reset.copy();
        return true;
      };
      for (let i = next; i < last; i++) {
        const current = histogramAt(window, i);
        if (isReset(current, previous) && !note(previous)) return undefined;
        previous = current;
      }
      if (isReset(right, previous) && !note(previous)) return undefined;
      if (correction !== undefined && !combineNoting(window, result, correction, 1)) return undefined;
    }
  }
  if (isRate) result.div(window.range / 1000);
  return result.withHint('gauge').compact().toNative();
}

/** The last index in [from, to] whose time is at or before `t`; `from` when there is none. */
export function lastAtOrBefore(timeAt: (i: number) => number, from: number, to: number, t: number): number {
  let i = from;
  while (i < to && timeAt(i) <= t) i++;
  return Math.max(from, i - 1);
}

/** The first index in [from, to] whose time is at or after `t`; `to` when there is none. */
export function firstAtOrAfter(timeAt: (i: number) => number, from: number, to: number, t: number): number {
  let i = from;
  while (i < to && timeAt(i) < t) i++;
  return i;
}
