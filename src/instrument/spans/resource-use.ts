import { performance } from 'node:perf_hooks';
import type { Attributes } from '@opentelemetry/api';

/**
 * What the process used while an operation ran. The figures are the whole process's: with work running side by side they
 * are an upper bound for the one operation.
 */
export class ResourceUse {
  private readonly cpu = process.cpuUsage();
  private readonly heap = process.memoryUsage().heapUsed;
  private readonly loop = performance.eventLoopUtilization();

  /** The growth since the start. */
  attributes(): Attributes {
    const cpu = process.cpuUsage(this.cpu);
    const loop = performance.eventLoopUtilization(this.loop);
    return {
      'telltale.cpu.seconds': (cpu.user + cpu.system) / 1e6,
      'telltale.heap.delta_bytes': process.memoryUsage().heapUsed - this.heap,
      'telltale.event_loop.busy_seconds': loop.active / 1_000,
      'telltale.event_loop.utilization_ratio': loop.utilization,
    };
  }
}
