import { silentLogger } from '../../base/logger';
import { systemClock } from '../../base/clock';
import { noTelemetry } from '../../base/telemetry';
import { Labels } from '../../domain/labels';
import { tsdbConfig } from '../tsdb.config';
import { TsdbSeriesStore } from '../tsdb-series-store';

/** Series that the writer writes. */
export const KILL_SERIES = 200;

/** When a series has the value of a batch: one millisecond after the batch before; every second series out of order. */
export function timeOfBatch(start: number, batch: number, series: number): number {
  return start + (series % 2 === 0 ? batch : batch ^ 3);
}

/**
 * Appends without end and prints the number of each batch when it was acknowledged: the process that a test kills. Batch n
 * gives every series the value n at `timeOfBatch`.
 */
export async function writeUntilKilled(dataDir: string, first: number, start: number): Promise<never> {
  const store = new TsdbSeriesStore({
    dataDir,
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    // Everything happens often: new segments, checkpoints, merges.
    config: tsdbConfig.parse({ segmentBytes: 100_000, maxLogBytes: 400_000, hot: 50, outOfOrderWindow: 60_000 }),
  });
  await store.start();
  const labels = Array.from({ length: KILL_SERIES }, (_, i) => Labels.of({ __name__: 'm', i: String(i) }));
  for (let batch = first; ; batch++) {
    await store.append(labels.map((of, i) => ({ labels: of, t: timeOfBatch(start, batch, i), value: batch })));
    process.stdout.write(`${batch}\n`);
  }
}
