import type { RuntimeOptions } from '../runtime/monitor-runtime';
import type { InstrumentationSettings } from '../settings';
import type { TelemetryOptions } from '../export/start-telemetry';

/** Injects the options of the `ObservabilityModule`. */
export const OBSERVABILITY_OPTIONS = Symbol('ObservabilityOptions');

/** Injects the prom-client registry in use. */
export const METRICS_REGISTRY = Symbol('MetricsRegistry');

/** Injects the port of counters, gauges and histograms over that registry. */
export const TELEMETRY = Symbol('Telemetry');

/** Injects the running telemetry, to flush it. */
export const RUNNING_TELEMETRY = Symbol('RunningTelemetry');

/** Options of the `ObservabilityModule`; everything has a default. */
export interface ObservabilityOptions extends Partial<InstrumentationSettings> {
  /** Starts the SDK where none runs. Libraries loaded before are traced only with `telltale/register`. */
  readonly tracing?: TelemetryOptions | false;
  /** What of the process is exposed; false for nothing. */
  readonly runtime?: RuntimeOptions | false;
}

/** What must be known before the options are: it decides which controllers there are. */
export interface ObservabilityRoutes {
  /** Where the exposition is served, `metrics` unless given; false for nowhere. */
  readonly metricsPath?: string | false;
  /** Makes the tokens injectable everywhere. True unless given. */
  readonly global?: boolean;
}
