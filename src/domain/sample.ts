import type { EpochMillis } from '../base/clock';
import type { NativeHistogram } from './histogram';
import type { Labels } from './labels';

/** One value at one instant. `histogram` is set for native histograms; then `value` has no meaning. */
export interface Sample {
  readonly t: EpochMillis;
  readonly value: number;
  readonly histogram?: NativeHistogram;
  /** The series ended here; `value` has no meaning. */
  readonly stale?: boolean;
}

/** A sample's pointer to a trace. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly t: EpochMillis;
}

/** What is known about a metric name. Types as in the Prometheus API. */
export interface MetricMetadata {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'gaugehistogram' | 'summary' | 'info' | 'stateset' | 'unknown';
  readonly help: string;
  readonly unit: string;
}
