/** The library for Nest applications. */
export { ObservabilityModule } from './instrument/nest/observability.module';
export type { ObservabilityAsyncOptions } from './instrument/nest/observability.module';
export { METRICS_REGISTRY, OBSERVABILITY_OPTIONS, RUNNING_TELEMETRY, TELEMETRY } from './instrument/nest/tokens';
export type { ObservabilityOptions, ObservabilityRoutes } from './instrument/nest/tokens';
export { startTelemetry } from './instrument/export/start-telemetry';
export type { RunningTelemetry, TelemetryOptions } from './instrument/export/start-telemetry';
