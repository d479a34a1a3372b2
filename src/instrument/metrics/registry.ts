import { register } from 'prom-client';
import { CounterFamily, GaugeFamily, HistogramFamily } from './families';
import type { Registry } from 'prom-client';

/** A prom-client registry: the user's, and ours. */
export type MetricRegistry = Registry;

/** The registry that everything here records into unless told otherwise: prom-client's own default. */
export const metricsRegistry: MetricRegistry = register;

/**
 * The counter of that name; made and registered when the registry has none. When the name is taken by a metric that is
 * not ours, the family works but is not exposed: telemetry never fails the work it measures.
 */
export function counterFamily(registry: MetricRegistry, name: string, help: string): CounterFamily {
  const known = registry.getSingleMetric(name);
  if (known instanceof CounterFamily) return known;
  const family = new CounterFamily(name, help);
  if (known === undefined) registry.registerMetric(family);
  return family;
}

/** As `counterFamily`, for gauges. */
export function gaugeFamily(registry: MetricRegistry, name: string, help: string): GaugeFamily {
  const known = registry.getSingleMetric(name);
  if (known instanceof GaugeFamily) return known;
  const family = new GaugeFamily(name, help);
  if (known === undefined) registry.registerMetric(family);
  return family;
}

/** As `counterFamily`, for histograms; the bounds of the first caller hold. */
export function histogramFamily(
  registry: MetricRegistry,
  name: string,
  help: string,
  bounds: readonly number[],
): HistogramFamily {
  const known = registry.getSingleMetric(name);
  if (known instanceof HistogramFamily) return known;
  const family = new HistogramFamily(name, help, bounds);
  if (known === undefined) registry.registerMetric(family);
  return family;
}
