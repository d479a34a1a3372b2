import { AnomalyWatch } from '../anomaly';
import type { AnomalyConfig, WatchedValues } from '../anomaly';
import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import type { Telemetry } from '../base/telemetry';
import type { PromqlEngine } from '../promql';
import type { SeriesWriter } from '../storage';

/** What the watch is bound to. */
export interface AnomalyWatchParts {
  readonly engine: PromqlEngine;
  readonly series: Pick<SeriesWriter, 'append'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** The watch over the stack's own engine and store. */
export function createAnomalyWatch(config: AnomalyConfig, parts: AnomalyWatchParts): AnomalyWatch {
  const { engine, series, clock, logger, telemetry } = parts;
  return new AnomalyWatch({
    config,
    clock,
    logger,
    telemetry,
    query: async (expr, start, end, step): Promise<readonly WatchedValues[]> => {
      const { value } = await engine.range(expr, start, end, step);
      return value.type === 'matrix' ? value.series : [];
    },
    record: (samples) => series.append(samples),
  });
}
