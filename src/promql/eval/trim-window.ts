import type { EpochMillis } from '../../base/clock';
import type { RangeWindow } from '../functions/function';

/** Narrows a window to the samples in (start, end]. */
export function trimWindow(window: RangeWindow, start: EpochMillis, end: EpochMillis): void {
  while (window.lo < window.hi && (window.times[window.lo] ?? 0) <= start) window.lo++;
  while (window.hi > window.lo && (window.times[window.hi - 1] ?? 0) > end) window.hi--;
  const { histogramTimes: times } = window;
  while (window.histogramLo < window.histogramHi && (times[window.histogramLo] ?? 0) <= start) window.histogramLo++;
  while (window.histogramHi > window.histogramLo && (times[window.histogramHi - 1] ?? 0) > end) window.histogramHi--;
}
