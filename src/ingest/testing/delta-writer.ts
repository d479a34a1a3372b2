import { silentLogger } from '../../base/logger';
import { systemClock } from '../../base/clock';
import { noTelemetry } from '../../base/telemetry';
import type { ResourceMetrics } from '../../domain/metric-point';
import type { SeriesStore } from '../../storage';
import { OtlpMetricsToSamples } from '../series/otlp/otlp-metrics-to-samples';

/** Series that the writer writes. */
export const DELTA_SERIES = 20;

/** Opens the store that is written to. */
export type OpenStore = (around: {
  readonly clock: typeof systemClock;
  readonly logger: typeof silentLogger;
  readonly telemetry: typeof noTelemetry;
}) => SeriesStore;

/**
 * Takes delta points without end and prints the number of each request when it was acknowledged: the process that a test
 * kills. Every request adds one to every series, ten milliseconds after the request before.
 */
export async function writeDeltasUntilKilled(open: OpenStore, first: number, start: number): Promise<never> {
  const store = open({ clock: systemClock, logger: silentLogger, telemetry: noTelemetry });
  await store.start();
  const converter = new OtlpMetricsToSamples({ newestOf: (labels) => store.newest?.(labels) });
  for (let request = first; ; request++) {
    const { samples } = converter.convert(deltaRequest(request, start), systemClock.now());
    await store.append(samples);
    process.stdout.write(`${request}\n`);
  }
}

function deltaRequest(request: number, start: number): ResourceMetrics[] {
  const nano = (n: number): bigint => BigInt(start + n * 10) * 1_000_000n;
  const points = Array.from({ length: DELTA_SERIES }, (_, i) => ({
    attributes: { i: String(i) },
    startUnixNano: nano(request - 1),
    timeUnixNano: nano(request),
    flags: 0,
    value: 1,
    exemplars: [],
  }));
  const scope = { name: '', version: '', attributes: {}, schemaUrl: '' };
  const data = { kind: 'sum', monotonic: true, temporality: 'delta', points } as const;
  const metrics = [{ name: 'm', description: '', unit: '', data }];
  return [{ resource: { attributes: { 'service.name': 'a' }, schemaUrl: '' }, scopes: [{ scope, metrics }] }];
}
