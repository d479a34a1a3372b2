import type { EpochMillis } from '../../base/clock';
import type { RangeWindow } from './function';
import { firstAtOrAfter, lastAtOrBefore } from './histogram-rate';
import { isStartReset, isStartResetAfter } from './start-times';

interface Point {
  readonly t: EpochMillis;
  readonly value: number;
}

/** A value at the edge of a window and the start time that goes with it. */
interface Edge {
  readonly value: number;
  readonly start: EpochMillis;
}

/** The value at `t` on the line between two points; a counter that sank is taken to have started from 0. */
export function interpolate(before: Point, after: Point, t: EpochMillis, isCounter: boolean): number {
  const from = isCounter && after.value < before.value ? 0 : before.value;
  return from + ((after.value - from) * (t - before.t)) / (after.t - before.t);
}

/** `rate`, `increase` and `delta` of floats with `anchored` or `smoothed`. */
export function extendedRate(window: RangeWindow, isCounter: boolean, isRate: boolean): number | undefined {
  const { lo, hi, start, end } = window;
  const smoothed = window.boundary === 'smoothed';
  const timeAt = (i: number): EpochMillis => window.times[i] ?? 0;
  const startAt = (i: number): EpochMillis => window.starts?.[i] ?? 0;
  const lookbackStart = start - window.lookback;
  let first = lastAtOrBefore(timeAt, lo, hi - 1, start);
  let last = smoothed ? firstAtOrAfter(timeAt, lo, hi - 1, end) : hi - 1;
  if (timeAt(last) <= start) return undefined;
  if (smoothed && timeAt(first) > end) {
    const firstStart = startAt(first);
    if (
      !isCounter ||
      !isStartResetAfter(lookbackStart, firstStart, timeAt(first)) ||
      isStartResetAfter(end, firstStart, timeAt(first))
    ) {
      return undefined;
    }
  }
  const left = leftEdge(window, first, lookbackStart, isCounter);
  const right = rightEdge(window, last, lookbackStart, isCounter);
  let result = right.value - left.value;
  if (isCounter) {
    if (timeAt(first) <= start) first++;
    if (timeAt(last) >= end) last--;
    let previous = left.value;
    let previousTime = start;
    let previousStart = left.start;
    for (let i = first; i <= last; i++) {
      const value = window.values[i] ?? NaN;
      if (value < previous || isStartReset(previousStart, previousTime, startAt(i), timeAt(i))) result += previous;
      previous = value;
      previousTime = timeAt(i);
      previousStart = startAt(i);
    }
    if (right.value < previous || isStartReset(previousStart, previousTime, right.start, end)) result += previous;
  }
  return isRate ? result / (window.range / 1000) : result;
}

function pointAt(window: RangeWindow, i: number): Point {
  return { t: window.times[i] ?? 0, value: window.values[i] ?? NaN };
}

function leftEdge(window: RangeWindow, first: number, lookbackStart: EpochMillis, isCounter: boolean): Edge {
  const { start } = window;
  const smoothed = window.boundary === 'smoothed';
  let point = pointAt(window, first);
  const ownStart = window.starts?.[first] ?? 0;
  let edgeStart = ownStart > start ? 0 : ownStart;
  if (point.t === start) return { value: point.value, start: ownStart };
  if (point.t > start) {
    if (!isCounter || !isStartResetAfter(lookbackStart, ownStart, point.t)) {
      return { value: point.value, start: edgeStart };
    }
    if (isStartResetAfter(start, ownStart, point.t) || !smoothed) return { value: 0, start: edgeStart };
    return { value: interpolate({ t: ownStart, value: 0 }, point, start, isCounter), start: edgeStart };
  }
  let next = pointAt(window, first + 1);
  const nextStart = window.starts?.[first + 1] ?? 0;
  if (isCounter) {
    if (isStartResetAfter(start, nextStart, next.t)) {
      next = { t: nextStart, value: 0 };
    } else if (isStartReset(ownStart, point.t, nextStart, next.t)) {
      point = { t: nextStart, value: 0 };
      edgeStart = nextStart;
    }
  }
  return { value: smoothed ? interpolate(point, next, start, isCounter) : point.value, start: edgeStart };
}

function rightEdge(window: RangeWindow, last: number, lookbackStart: EpochMillis, isCounter: boolean): Edge {
  const { end, lo } = window;
  const smoothed = window.boundary === 'smoothed';
  let point = pointAt(window, last);
  const ownStart = window.starts?.[last] ?? 0;
  let edgeStart = ownStart > end ? 0 : ownStart;
  if (point.t <= end) return { value: point.value, start: edgeStart };
  if (last === lo) {
    if (!isCounter || !isStartResetAfter(lookbackStart, ownStart, point.t)) {
      return { value: point.value, start: edgeStart };
    }
    if (isStartResetAfter(end, ownStart, point.t) || !smoothed) return { value: 0, start: edgeStart };
    return { value: interpolate({ t: ownStart, value: 0 }, point, end, isCounter), start: edgeStart };
  }
  let previous = pointAt(window, last - 1);
  const previousStart = window.starts?.[last - 1] ?? 0;
  if (isCounter) {
    if (isStartResetAfter(end, ownStart, point.t)) {
      point = { t: ownStart, value: 0 };
      edgeStart = previousStart;
    } else if (isStartReset(previousStart, previous.t, ownStart, point.t)) {
      previous = { t: ownStart, value: 0 };
    }
  }
  return { value: smoothed ? interpolate(previous, point, end, isCounter) : previous.value, start: edgeStart };
}
