import type { Attributes } from './attributes';
import type { InstrumentationScope, Resource } from './resource';

/** Whether points count from the start of the process or from the point before; numbered as in OTLP. */
export const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;
export type Temporality = (typeof TEMPORALITIES)[number];

/** The bit of `flags` that says: no value was recorded here, the series ended. */
export const NO_RECORDED_VALUE = 1;

/** A measurement that stands for others, with the span it was made in. */
export interface MetricExemplar {
  readonly timeUnixNano: bigint;
  readonly value: number;
  /** Lowercase hex, or empty. */
  readonly traceId: string;
  /** Lowercase hex, or empty. */
  readonly spanId: string;
  /** Attributes of the measurement that the point does not have. */
  readonly attributes: Attributes;
}

/** What all kinds of points have. */
export interface PointHead {
  readonly attributes: Attributes;
  /** 0 when not given. */
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly flags: number;
}

/** A point of a gauge or sum. */
export interface NumberPoint extends PointHead {
  readonly value: number;
  readonly exemplars: readonly MetricExemplar[];
}

/** A point of a histogram with explicit bounds. */
export interface HistogramPoint extends PointHead {
  readonly count: number;
  /** Undefined when not reported. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** One more than bounds, or none at all. */
  readonly bucketCounts: readonly number[];
  /** Upper bounds, inclusive, ascending. */
  readonly explicitBounds: readonly number[];
  readonly exemplars: readonly MetricExemplar[];
}

/** A run of buckets of an exponential histogram. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** A point of an exponential histogram. */
export interface ExponentialHistogramPoint extends PointHead {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly exemplars: readonly MetricExemplar[];
}

/** A point of a summary. */
export interface SummaryPoint extends PointHead {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** A metric's points, by kind. `none`: the metric came without any. */
export type MetricPoints =
  | { readonly kind: 'none' }
  | { readonly kind: 'gauge'; readonly points: readonly NumberPoint[] }
  | {
      readonly kind: 'sum';
      readonly monotonic: boolean;
      readonly temporality: Temporality;
      readonly points: readonly NumberPoint[];
    }
  | { readonly kind: 'histogram'; readonly temporality: Temporality; readonly points: readonly HistogramPoint[] }
  | {
      readonly kind: 'exponentialHistogram';
      readonly temporality: Temporality;
      readonly points: readonly ExponentialHistogramPoint[];
    }
  | { readonly kind: 'summary'; readonly points: readonly SummaryPoint[] };

/** One metric as an SDK sends it. */
export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: MetricPoints;
}

/** The metrics of one resource, by instrumentation scope. */
export interface ResourceMetrics {
  readonly resource: Resource;
  readonly scopes: readonly { readonly scope: InstrumentationScope; readonly metrics: readonly Metric[] }[];
}
