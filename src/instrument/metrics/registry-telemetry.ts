import { counterFamily, gaugeFamily, histogramFamily } from './registry';
import { noTelemetry } from '../../base/telemetry';
import type { CellLabels, Telemetry } from '../../base/telemetry';
import type { MetricRegistry } from './registry';

/** The telemetry port over bound cells of a prom-client registry. Never throws: a bad name or label records nothing. */
export function registryTelemetry(registry: MetricRegistry): Telemetry {
  return {
    counter: (name, help, labels) =>
      attempt(
        () => counterFamily(registry, name, help).cell(labels),
        () => noTelemetry.counter(name, help, labels),
      ),
    gauge: (name, help, labels) =>
      attempt(
        () => gaugeFamily(registry, name, help).cell(labels),
        () => noTelemetry.gauge(name, help, labels),
      ),
    observedGauge: (name: string, help: string, read: () => number, labels?: CellLabels) => {
      attempt(
        () => {
          gaugeFamily(registry, name, help).cell(labels).read = read;
        },
        () => undefined,
      );
    },
    histogram: (name, help, buckets, labels) =>
      attempt(
        () => histogramFamily(registry, name, help, buckets).cell(labels),
        () => noTelemetry.histogram(name, help, buckets, labels),
      ),
  };
}

function attempt<T>(work: () => T, otherwise: () => T): T {
  try {
    return work();
  } catch {
    return otherwise();
  }
}
