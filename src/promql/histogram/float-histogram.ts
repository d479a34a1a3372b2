import { CUSTOM_BUCKETS_SCHEMA } from '../../domain/histogram';
import type { CounterResetHint, NativeHistogram } from '../../domain/histogram';
import { isInfinite } from '../eval/numbers';
import { boundOf, compactSide, reduceSide, sideOf, spansOf } from './buckets';
import type { Bucket, Side } from './buckets';

/**
 * A native histogram as a mutable working copy: buckets by index instead of spans. Methods that change it return it, so
 * that calls chain; `toNative` makes the immutable form.
 */
export class FloatHistogram {
  schema = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  count = 0;
  sum = 0;
  positive: Side = { index: [], counts: [] };
  negative: Side = { index: [], counts: [] };
  customValues: readonly number[] = [];
  hint: CounterResetHint = 'unknown';

  static from(native: NativeHistogram): FloatHistogram {
    const made = new FloatHistogram();
    made.schema = native.schema;
    made.zeroThreshold = native.zeroThreshold;
    made.zeroCount = native.zeroCount;
    made.count = native.count;
    made.sum = native.sum;
    made.positive = sideOf(native.positiveSpans, native.positiveBuckets);
    made.negative = sideOf(native.negativeSpans, native.negativeBuckets);
    made.customValues = native.customValues;
    made.hint = native.counterResetHint;
    return made;
  }

  get custom(): boolean {
    return this.schema === CUSTOM_BUCKETS_SCHEMA;
  }

  copy(): FloatHistogram {
    const made = new FloatHistogram();
    made.schema = this.schema;
    made.zeroThreshold = this.zeroThreshold;
    made.zeroCount = this.zeroCount;
    made.count = this.count;
    made.sum = this.sum;
    made.positive = { index: this.positive.index.slice(), counts: this.positive.counts.slice() };
    made.negative = { index: this.negative.index.slice(), counts: this.negative.counts.slice() };
    made.customValues = this.customValues;
    made.hint = this.hint;
    return made;
  }

  toNative(): NativeHistogram {
    return {
      schema: this.schema,
      zeroThreshold: this.zeroThreshold,
      zeroCount: this.zeroCount,
      count: this.count,
      sum: this.sum,
      positiveSpans: spansOf(this.positive),
      positiveBuckets: this.positive.counts,
      negativeSpans: spansOf(this.negative),
      negativeBuckets: this.negative.counts,
      customValues: this.customValues,
      counterResetHint: this.hint,
    };
  }

  withHint(hint: CounterResetHint): this {
    this.hint = hint;
    return this;
  }

  /** Drops empty buckets. */
  compact(): this {
    this.positive = compactSide(this.positive);
    this.negative = compactSide(this.negative);
    return this;
  }

  mul(factor: number): this {
    if (!this.custom) this.zeroCount *= factor;
    this.count *= factor;
    this.sum *= factor;
    for (const { counts } of [this.positive, this.negative]) {
      for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) * factor;
    }
    if (factor < 0) this.hint = 'gauge';
    return this;
  }

  /** Division by zero removes all buckets. */
  div(divisor: number): this {
    if (!this.custom) this.zeroCount /= divisor;
    this.count /= divisor;
    this.sum /= divisor;
    if (divisor === 0) {
      this.positive = { index: [], counts: [] };
      this.negative = { index: [], counts: [] };
      return this;
    }
    for (const { counts } of [this.positive, this.negative]) {
      for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) / divisor;
    }
    if (divisor < 0) this.hint = 'gauge';
    return this;
  }

  /** To a lower resolution of exponential buckets. */
  reduceTo(schema: number): this {
    if (schema === this.schema) return this;
    this.positive = reduceSide(this.positive, this.schema, schema);
    this.negative = reduceSide(this.negative, this.schema, schema);
    this.schema = schema;
    return this;
  }

  get hasOverflow(): boolean {
    return (
      isInfinite(this.zeroCount) ||
      isInfinite(this.count) ||
      isInfinite(this.sum) ||
      this.positive.counts.some(isInfinite) ||
      this.negative.counts.some(isInfinite) ||
      this.customValues.some(isInfinite)
    );
  }

  /** Bit for bit the same data; spans may be cut differently. */
  equals(other: FloatHistogram): boolean {
    return (
      this.schema === other.schema &&
      Object.is(this.count, other.count) &&
      Object.is(this.sum, other.sum) &&
      this.zeroThreshold === other.zeroThreshold &&
      Object.is(this.zeroCount, other.zeroCount) &&
      (!this.custom || sameNumbers(this.customValues, other.customValues)) &&
      sameNumbers(this.positive.index, other.positive.index) &&
      sameNumbers(this.positive.counts, other.positive.counts) &&
      sameNumbers(this.negative.index, other.negative.index) &&
      sameNumbers(this.negative.counts, other.negative.counts)
    );
  }

  /** Buckets of the positive side, ascending. */
  positiveBuckets(): Bucket[] {
    return this.positive.index.map((at, i) => {
      const lower = boundOf(at - 1, this.schema, this.customValues);
      const upper = boundOf(at, this.schema, this.customValues);
      const count = this.positive.counts[i] ?? 0;
      return this.custom
        ? { lower, upper, count, lowerInclusive: at === 0, upperInclusive: true }
        : { lower, upper, count, lowerInclusive: lower < 0, upperInclusive: upper > 0 };
    });
  }

  /** Buckets of the negative side, going down from zero. */
  negativeBuckets(): Bucket[] {
    return this.negative.index.map((at, i) => {
      const lower = -boundOf(at, this.schema, this.customValues);
      const upper = -boundOf(at - 1, this.schema, this.customValues);
      const count = this.negative.counts[i] ?? 0;
      return { lower, upper, count, lowerInclusive: lower < 0, upperInclusive: upper > 0 };
    });
  }

  get zeroBucket(): Bucket {
    return {
      lower: -this.zeroThreshold,
      upper: this.zeroThreshold,
      count: this.zeroCount,
      lowerInclusive: true,
      upperInclusive: true,
    };
  }

  /** All buckets ascending, the zero bucket only when it holds something; bounds within it are cut off. */
  allBuckets(): Bucket[] {
    const buckets: Bucket[] = [];
    for (const bucket of this.negativeBuckets().reverse()) {
      if (bucket.upper < 0 && bucket.upper > -this.zeroThreshold) bucket.upper = -this.zeroThreshold;
      buckets.push(bucket);
    }
    if (this.zeroCount > 0) buckets.push(this.zeroBucket);
    for (const bucket of this.positiveBuckets()) {
      if (bucket.lower > 0 && bucket.lower < this.zeroThreshold) bucket.lower = this.zeroThreshold;
      buckets.push(bucket);
    }
    return buckets;
  }
}

/** Whether two lists hold the same numbers, NaN equal to itself, 0 and -0 apart. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

const working = new WeakMap<NativeHistogram, FloatHistogram>();

/** The working form of a histogram for reading only: it is shared. Use `.copy()` to change it. */
export function readonlyForm(native: NativeHistogram): FloatHistogram {
  let found = working.get(native);
  if (found === undefined) {
    found = FloatHistogram.from(native);
    working.set(native, found);
  }
  return found;
}
