import { statfsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics } from 'prom-client';
import { gaugeFamily } from '../metrics/registry';
import { settings } from '../settings';
import type { MetricRegistry } from '../metrics/registry';

/** What of the process and its machine is exposed. */
export interface RuntimeOptions {
  readonly registry?: MetricRegistry;
  /** Folders whose file systems are watched. */
  readonly diskPaths?: readonly string[];
}

/**
 * Exposes the process: CPU, memory, heap spaces, garbage collection, event-loop delay and utilisation, active handles,
 * and the file systems of some folders. Called twice, it adds what was not there.
 */
export function monitorRuntime(options: RuntimeOptions = {}): void {
  const registry = options.registry ?? settings().registry;
  if (registry.getSingleMetric('process_cpu_seconds_total') === undefined)
    collectDefaultMetrics({ register: registry });
  let before = performance.eventLoopUtilization();
  gaugeFamily(
    registry,
    'nodejs_eventloop_utilization_ratio',
    'Share of the time since the collection before in which the event loop was busy.',
  ).cell().read ??= () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
  observe(registry, 'nodejs_heap_size_limit_bytes', 'The heap may grow up to this size.', () => {
    return getHeapStatistics().heap_size_limit;
  });
  observe(registry, 'nodejs_array_buffers_bytes', 'Memory of buffers.', () => process.memoryUsage().arrayBuffers);
  for (const path of options.diskPaths ?? []) monitorDisk(registry, path);
}

function monitorDisk(registry: MetricRegistry, path: string): void {
  const of = (figure: (stats: { size: number; free: number; available: number }) => number) => (): number => {
    const stats = statfsSync(path);
    return figure({
      size: stats.blocks * stats.bsize,
      free: stats.bfree * stats.bsize,
      available: stats.bavail * stats.bsize,
    });
  };
  const labels = { path };
  observe(
    registry,
    'telltale_disk_size_bytes',
    'Size of the file system.',
    of(({ size }) => size),
    labels,
  );
  observe(
    registry,
    'telltale_disk_used_bytes',
    'Used of the file system.',
    of(({ size, free }) => size - free),
    labels,
  );
  observe(
    registry,
    'telltale_disk_free_bytes',
    'Free on the file system for this process.',
    of(({ available }) => available),
    labels,
  );
}

function observe(
  registry: MetricRegistry,
  name: string,
  help: string,
  read: () => number,
  labels: Readonly<Record<string, string>> = {},
): void {
  gaugeFamily(registry, name, help).cell(labels).read = read;
}
