import { noTelemetry } from '../../../base/telemetry';
import { ResourceManager } from './resource-manager';
import type { BenchDefinition } from '../../../base/bench';

const RESOURCES = 50_000;

/** What it costs to own something and give it back early, and to dispose of many at the end. */
export const bench: BenchDefinition = {
  name: 'resource-manager',
  run: async ({ out }) => {
    const scope = new ResourceManager({ name: 'bench', telemetry: noTelemetry });
    let disposed = 0;
    const dispose = (): void => void disposed++;
    let began = performance.now();
    for (let count = 0; count < RESOURCES; count++) await scope.add('early', dispose)();
    const early = ((performance.now() - began) * 1e3) / RESOURCES;
    for (let count = 0; count < RESOURCES; count++) scope.add('late', dispose);
    began = performance.now();
    const report = await scope.dispose();
    const late = ((performance.now() - began) * 1e3) / RESOURCES;
    out(
      `own and give back ${early.toFixed(2)} µs; dispose of ${report.disposed} at the end ${late.toFixed(2)} µs each`,
    );
    return { microsEarly: early, microsLate: late, disposed, lost: 2 * RESOURCES - disposed };
  },
};
