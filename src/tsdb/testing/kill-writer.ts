import { silentLogger } from '../../base/logger';
import { systemClock } from '../../base/clock';
import { noTelemetry } from '../../base/telemetry';
import { Labels } from '../../domain/labels';
import { tsdbConfig } from '../tsdb.config';
import { TsdbSeriesStore } from '../tsdb-series-store';

/** Series that the writer writes. */
export const KILL_SERIES = 200;

/**
 * Appends without end and prints the number of each batch when it was acknowledged: the process that a test kills. Batch n
 * gives every series the value n, one millisecond after the batch before.
 */
export async function writeUntilKilled(dataDir: string, first: number, start: number): Promise<never> {
  const store = new TsdbSeriesStore({
    dataDir,
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    // Everything happens often: new segments, checkpoints, merges.
    config: tsdbConfig.parse({ segmentBytes: 100_000, maxLogBytes: 400_000, hot: 50, outOfOrderWindow: 0 }),
  });
  await store.start();
  const labels = Array.from({ length: KILL_SERIES }, (_, i) => Labels.of({ __name__: 'm', i: String(i) }));
  for (let batch = first; ; batch++) {
    await store.append(labels.map((of) => ({ labels: of, t: start + batch, value: batch })));
    process.stdout.write(`${batch}\n`);
  }
}
