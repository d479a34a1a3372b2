import { Registry } from 'prom-client';
import type { Telemetry } from '../base/telemetry';
import type { Exposition } from '../http/health/health.controller';
import { CONTENT_TYPES, exposeMetrics, monitorRuntime, negotiateFormat, registryTelemetry } from '../instrument';
import type { MetricRegistry } from '../instrument';

/** Our own metrics: a registry of the stack's own, apart from the one that applications in this process use. */
export class SelfObservation implements Exposition {
  readonly registry: MetricRegistry = new Registry();
  readonly telemetry: Telemetry = registryTelemetry(this.registry);

  /** @param dataDir its file system is watched. */
  constructor(dataDir: string) {
    monitorRuntime({ registry: this.registry, diskPaths: [dataDir] });
  }

  async render(accept: string): Promise<{ contentType: string; body: string }> {
    const format = negotiateFormat(accept);
    return { contentType: CONTENT_TYPES[format], body: await exposeMetrics(this.registry, format) };
  }
}
