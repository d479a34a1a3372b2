import type { EpochMillis, Millis } from '../base/clock';
import type { NativeHistogram } from '../domain/histogram';
import type { Labels } from '../domain/labels';

/** One series at one instant. */
export interface VectorSample {
  readonly labels: Labels;
  readonly t: EpochMillis;
  /** Has no meaning when `histogram` is set. */
  readonly value: number;
  readonly histogram?: NativeHistogram;
}

/** One series over a window, as columns of equal length. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Set where samples are native histograms; absent when none is. */
  readonly histograms?: readonly (NativeHistogram | undefined)[];
}

/** What an expression came to. */
export type QueryValue =
  | { readonly type: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly type: 'matrix'; readonly series: readonly MatrixSeries[] }
  | { readonly type: 'scalar'; readonly t: EpochMillis; readonly value: number }
  | { readonly type: 'string'; readonly t: EpochMillis; readonly value: string };

/** What a query cost. */
export interface QueryStats {
  /** Samples looked at, as Prometheus counts `totalQueryableSamples`. */
  readonly samples: number;
  /** Most samples held at one time. */
  readonly peakSamples: number;
  /** Series selected. */
  readonly series: number;
  readonly elapsed: Millis;
}

/** The answer to a query. */
export interface QueryResult {
  readonly value: QueryValue;
  /** With positions, as `PromQL warning: … (1:6)`. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats: QueryStats;
}
