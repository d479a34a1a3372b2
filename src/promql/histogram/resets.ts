import { boundOf, exponentialBound, reduceSide } from './buckets';
import type { Side } from './buckets';
import { widenedZero } from './arithmetic';
import { sameNumbers } from './float-histogram';
import type { FloatHistogram } from './float-histogram';

/** Whether a counter was reset between two native histograms. */
export function isReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.hint === 'reset') return true;
  if (current.hint === 'not_reset') return false;
  if (current.count < previous.count) return true;
  if (current.custom) {
    if (!previous.custom) return true;
    if (!sameNumbers(current.customValues, previous.customValues)) return isResetInCommonBounds(current, previous);
  } else if (previous.custom) {
    return true;
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  if (!current.custom) {
    const widened = widenedZero(previous, current.zeroThreshold);
    if (widened.zeroThreshold !== current.zeroThreshold || current.zeroCount < widened.zeroCount) return true;
  }
  return isSideReset(current, previous, 'positive') || isSideReset(current, previous, 'negative');
}

function isSideReset(current: FloatHistogram, previous: FloatHistogram, which: 'positive' | 'negative'): boolean {
  const counts = new Map<number, number>();
  const now = outside(current[which], current.schema, current);
  now.index.forEach((at, i) => counts.set(at, now.counts[i] ?? 0));
  const before = outside(reduceSide(previous[which], previous.schema, current.schema), current.schema, current);
  return before.index.some((at, i) => {
    const count = before.counts[i] ?? 0;
    const currentCount = counts.get(at);
    return currentCount === undefined ? count !== 0 : currentCount < count;
  });
}

/** Without the leading buckets within the current zero bucket. */
function outside(side: Side, schema: number, { zeroThreshold, custom }: FloatHistogram): Side {
  if (custom || zeroThreshold === 0) return side;
  let from = 0;
  while (from < side.index.length && exponentialBound(side.index[from] ?? 0, schema) <= zeroThreshold) from++;
  return from === 0 ? side : { index: side.index.slice(from), counts: side.counts.slice(from) };
}

/** With different custom bounds only the buckets between bounds in common can be compared. */
function isResetInCommonBounds(current: FloatHistogram, previous: FloatHistogram): boolean {
  const known = new Set(previous.customValues);
  const bounds = [...current.customValues.filter((bound) => known.has(bound)), Infinity];
  const now = rolledUp(current, bounds);
  const before = rolledUp(previous, bounds);
  return now.some((count, i) => count < (before[i] ?? 0));
}

function rolledUp(histogram: FloatHistogram, bounds: readonly number[]): number[] {
  const sums = bounds.map(() => 0);
  let target = 0;
  histogram.positive.index.forEach((at, i) => {
    const upper = boundOf(at, histogram.schema, histogram.customValues);
    while ((bounds[target] ?? Infinity) < upper) target++;
    sums[target] = (sums[target] ?? 0) + (histogram.positive.counts[i] ?? 0);
  });
  return sums;
}
