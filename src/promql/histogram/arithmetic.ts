import { CUSTOM_BUCKETS_SCHEMA } from '../../domain/histogram';
import { KahanSum } from '../eval/numbers';
import { compactSide, exponentialBound, reduceSide } from './buckets';
import type { Side } from './buckets';
import { FloatHistogram, sameNumbers } from './float-histogram';

/** What happened while two histograms were combined. */
export interface CombineOutcome {
  /** One side said "reset", the other "no reset". */
  readonly resetCollision: boolean;
  /** Custom bounds differed and were reduced to those in common. */
  readonly boundsReconciled: boolean;
}

/** Exponential and custom buckets cannot be combined. */
export class IncompatibleSchemaError extends Error {}

/** Adds `other` to `target` (or subtracts it with sign -1), in place. @throws IncompatibleSchemaError */
export function combine(target: FloatHistogram, other: FloatHistogram, sign: 1 | -1 = 1): CombineOutcome {
  if (target.custom !== other.custom) throw new IncompatibleSchemaError('exponential and custom buckets');
  const resetCollision = adjustHint(target, other);
  target.count += sign * other.count;
  target.sum += sign * other.sum;
  if (target.custom) {
    if (sameNumbers(target.customValues, other.customValues)) {
      target.positive = addSides(target.positive, other.positive, sign);
      return { resetCollision, boundsReconciled: false };
    }
    const bounds = commonBounds(target.customValues, other.customValues);
    const sums = Array.from({ length: bounds.length + 1 }, () => new KahanSum());
    mapToBounds(target.positive, target.customValues, bounds, sums, 1);
    mapToBounds(other.positive, other.customValues, bounds, sums, sign);
    target.positive = compactSide({ index: sums.map((_, i) => i), counts: sums.map(({ sum }) => sum) });
    target.customValues = bounds;
    return { resetCollision, boundsReconciled: true };
  }
  const zeroCount = reconcileZero(target, other);
  target.zeroCount += sign * zeroCount;
  const schema = Math.min(target.schema, other.schema);
  target.reduceTo(schema);
  const [positive, negative] = [other.positive, other.negative].map((side) =>
    outsideZero(reduceSide(side, other.schema, schema), schema, target.zeroThreshold),
  );
  if (positive !== undefined) target.positive = addSides(target.positive, positive, sign);
  if (negative !== undefined) target.negative = addSides(target.negative, negative, sign);
  return { resetCollision, boundsReconciled: false };
}

/** A sum of histograms that keeps the rounding error of every field and gives it back at the end. */
export class HistogramSum {
  private error: FloatHistogram | undefined;

  constructor(readonly sum: FloatHistogram) {}

  copy(): HistogramSum {
    const made = new HistogramSum(this.sum.copy());
    made.error = this.error?.copy();
    return made;
  }

  /** @throws IncompatibleSchemaError */
  add(other: FloatHistogram): CombineOutcome {
    const before = this.sum.copy();
    const outcome = combine(this.sum, other);
    // The rounding error of each addition is exact: (before - after) + added, by magnitude.
    const error = roundingError(before, other, this.sum);
    if (error !== undefined) {
      if (this.error === undefined) this.error = error;
      else combine(this.error, error);
    }
    return outcome;
  }

  mul(factor: number): this {
    this.sum.mul(factor);
    this.error?.mul(factor);
    return this;
  }

  div(divisor: number): this {
    this.sum.div(divisor);
    this.error?.div(divisor);
    return this;
  }

  /** The sum with its compensation. */
  get total(): FloatHistogram {
    if (this.error !== undefined) {
      const { hint } = this.sum;
      this.error.zeroThreshold = this.sum.zeroThreshold;
      combine(this.sum, this.error);
      this.sum.hint = hint;
      this.error = undefined;
    }
    return this.sum;
  }
}

/** What the addition a + b = after lost to rounding, where both have the layout of `after`. */
function roundingError(a: FloatHistogram, b: FloatHistogram, after: FloatHistogram): FloatHistogram | undefined {
  if (a.schema !== b.schema || a.zeroThreshold !== b.zeroThreshold || after.zeroThreshold !== a.zeroThreshold) {
    return undefined;
  }
  if (a.custom && !sameNumbers(a.customValues, b.customValues)) return undefined;
  const error = new FloatHistogram();
  error.schema = after.schema;
  error.zeroThreshold = after.zeroThreshold;
  error.customValues = after.customValues;
  error.hint = after.hint;
  error.count = lost(a.count, b.count);
  error.sum = lost(a.sum, b.sum);
  error.zeroCount = lost(a.zeroCount, b.zeroCount);
  error.positive = lostSide(a.positive, b.positive);
  error.negative = lostSide(a.negative, b.negative);
  const none =
    error.count === 0 &&
    error.sum === 0 &&
    error.zeroCount === 0 &&
    error.positive.index.length === 0 &&
    error.negative.index.length === 0;
  return none ? undefined : error;
}

function lost(a: number, b: number): number {
  const total = a + b;
  if (!Number.isFinite(total)) return 0;
  return Math.abs(a) >= Math.abs(b) ? a - total + b : b - total + a;
}

function lostSide(a: Side, b: Side): Side {
  const counts = new Map<number, number>();
  a.index.forEach((at, i) => counts.set(at, a.counts[i] ?? 0));
  const side: Side = { index: [], counts: [] };
  b.index.forEach((at, i) => {
    const error = lost(counts.get(at) ?? 0, b.counts[i] ?? 0);
    if (error === 0) return;
    side.index.push(at);
    side.counts.push(error);
  });
  return side;
}

/** Merges two ascending sides. */
function addSides(a: Side, b: Side, sign: 1 | -1): Side {
  if (b.index.length === 0) return a;
  const index: number[] = [];
  const counts: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.index.length || j < b.index.length) {
    const left = a.index[i] ?? Infinity;
    const right = b.index[j] ?? Infinity;
    index.push(Math.min(left, right));
    counts.push((left <= right ? (a.counts[i] ?? 0) : 0) + (right <= left ? sign * (b.counts[j] ?? 0) : 0));
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return { index, counts };
}

/** Without the leading buckets that lie within the zero bucket. */
function outsideZero(side: Side, schema: number, threshold: number): Side {
  let from = 0;
  while (from < side.index.length && exponentialBound(side.index[from] ?? 0, schema) <= threshold) from++;
  return from === 0 ? side : { index: side.index.slice(from), counts: side.counts.slice(from) };
}

/** Sets the target's hint to what a combination of both may claim; true when they contradict each other. */
function adjustHint(target: FloatHistogram, other: FloatHistogram): boolean {
  if (other.hint === target.hint || target.hint === 'gauge') return false;
  if (other.hint === 'gauge') {
    target.hint = 'gauge';
    return false;
  }
  const collision = target.hint !== 'unknown' && other.hint !== 'unknown';
  target.hint = 'unknown';
  return collision;
}

/** The bounds that two ascending lists share. */
function commonBounds(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b);
  return a.filter((bound) => known.has(bound));
}

function mapToBounds(
  side: Side,
  from: readonly number[],
  to: readonly number[],
  sums: readonly KahanSum[],
  sign: number,
): void {
  let target = 0;
  side.index.forEach((at, i) => {
    const bound = from[at] ?? Infinity;
    while (target < to.length && (to[target] ?? Infinity) < bound) target++;
    sums[at < from.length ? target : to.length]?.add(sign * (side.counts[i] ?? 0));
  });
}

/**
 * Widens zero buckets until both histograms have the same; changes `target`, returns the zero count that `other` would
 * have.
 */
function reconcileZero(target: FloatHistogram, other: FloatHistogram): number {
  let { zeroCount, zeroThreshold } = other;
  while (zeroThreshold !== target.zeroThreshold) {
    if (target.zeroThreshold > zeroThreshold) {
      ({ zeroCount, zeroThreshold } = widenedZero(other, target.zeroThreshold));
    }
    if (zeroThreshold > target.zeroThreshold) {
      const widened = widenedZero(target, zeroThreshold);
      target.zeroCount = widened.zeroCount;
      target.zeroThreshold = widened.zeroThreshold;
      target.positive = outsideZeroBucket(target.positive, target);
      target.negative = outsideZeroBucket(target.negative, target);
      target.compact();
    }
  }
  return zeroCount;
}

function outsideZeroBucket(side: Side, { schema, zeroThreshold }: FloatHistogram): Side {
  let from = 0;
  while (from < side.index.length && exponentialBound((side.index[from] ?? 0) - 1, schema) < zeroThreshold) from++;
  return { index: side.index.slice(from), counts: side.counts.slice(from) };
}

/** The zero count with a wider zero bucket; the threshold moves on to the end of a populated bucket it would cut. */
export function widenedZero(
  histogram: FloatHistogram,
  threshold: number,
): { zeroCount: number; zeroThreshold: number } {
  if (threshold === histogram.zeroThreshold || histogram.schema === CUSTOM_BUCKETS_SCHEMA) {
    return { zeroCount: histogram.zeroCount, zeroThreshold: threshold };
  }
  for (;;) {
    const zero = new KahanSum(histogram.zeroCount);
    let moved: number | undefined;
    for (const side of [histogram.positive, histogram.negative]) {
      for (let i = 0; i < side.index.length; i++) {
        const at = side.index[i] ?? 0;
        const count = side.counts[i] ?? 0;
        if (exponentialBound(at - 1, histogram.schema) >= threshold) break;
        zero.add(count);
        const upper = exponentialBound(at, histogram.schema);
        if (upper > threshold) {
          if (count !== 0) {
            threshold = upper;
            if (side === histogram.negative) moved = upper;
          }
          break;
        }
      }
    }
    // A move by the negative side puts the positive side's sum in question.
    if (moved === undefined) return { zeroCount: zero.sum, zeroThreshold: threshold };
  }
}
