import type { Counter as CounterPort, Gauge as GaugePort, Histogram as HistogramPort } from '../../base/telemetry';

/** Labels of one cell, in the order in which they are exposed. */
export type LabelRecord = Readonly<Record<string, string>>;

/** A sample's pointer to the span in which it was measured. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  /** Epoch seconds. */
  readonly at: number;
}

/** What the exposition keeps of a cell from one time to the next, for one format and set of default labels. */
export class Rendered<T> {
  private mode: string | undefined;
  private kept: T | undefined;

  /** What was kept for that mode. */
  in(mode: string): T | undefined {
    return this.mode === mode ? this.kept : undefined;
  }

  keep(mode: string, value: T): T {
    this.mode = mode;
    this.kept = value;
    return value;
  }
}

/** One series of a counter; adding costs one addition. */
export class CounterCell implements CounterPort {
  readonly rendered = new Rendered<string>();
  value = 0;
  exemplar: Exemplar | undefined;

  constructor(readonly labels: LabelRecord) {}

  /** Amounts below zero and NaN are passed over: a counter only grows. */
  add(by = 1): void {
    if (by >= 0) this.value += by;
  }
}

/** One series of a gauge. */
export class GaugeCell implements GaugePort {
  readonly rendered = new Rendered<string>();
  value = 0;
  /** When present, asked for the value at collection. */
  read: (() => number) | undefined;

  constructor(readonly labels: LabelRecord) {}

  set(value: number): void {
    this.value = value;
  }

  add(by: number): void {
    this.value += by;
  }
}

/** One series of a histogram: plain (not cumulative) counts per bucket, the last one beyond all bounds. */
export class HistogramCell implements HistogramPort {
  readonly rendered = new Rendered<readonly string[]>();
  readonly counts: Float64Array;
  sum = 0;
  count = 0;
  exemplars: (Exemplar | undefined)[] | undefined;

  /** @param bounds ascending upper bounds, inclusive, without infinity. */
  constructor(
    readonly labels: LabelRecord,
    readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** NaN is passed over. */
  observe(value: number): void {
    this.place(value);
  }

  /**
   * Observes and keeps the span as the bucket's exemplar, unless the one it has is younger than a second.
   * @param at epoch seconds.
   */
  observeIn(value: number, span: { readonly traceId: string; readonly spanId: string }, at: number): void {
    const bucket = this.place(value);
    if (bucket < 0) return;
    const exemplars = (this.exemplars ??= this.bounds.map(() => undefined));
    const known = exemplars[bucket];
    if (known !== undefined && at - known.at < 1) return;
    exemplars[bucket] = { traceId: span.traceId, spanId: span.spanId, value, at };
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
    this.count = 0;
    this.exemplars = undefined;
  }

  private bucketOf(value: number): number {
    const bounds = this.bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (bounds[middle] ?? Infinity)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private place(value: number): number {
    if (value !== value) return -1;
    const bucket = this.bucketOf(value);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
    this.count++;
    return bucket;
  }
}
