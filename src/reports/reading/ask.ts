import type { EpochMillis, Millis } from '../../base/clock';
import type { MatrixSeries, PromqlEngine, VectorSample } from '../../promql';
import type { ReportPeriod } from '../report';

/** Asks the series store, one question at a time. */
export class Ask {
  constructor(private readonly engine: PromqlEngine) {}

  async instant(expr: string, at: EpochMillis): Promise<readonly VectorSample[]> {
    const { value } = await this.engine.instant(expr, at);
    return value.type === 'vector' ? value.samples : [];
  }

  async range(expr: string, start: EpochMillis, end: EpochMillis, step: Millis): Promise<readonly MatrixSeries[]> {
    const { value } = await this.engine.range(expr, start, end, step);
    return value.type === 'matrix' ? value.series : [];
  }

  /** Finite values of an instant query by one label. */
  async by(label: string, expr: string, at: EpochMillis): Promise<ReadonlyMap<string, number>> {
    const samples = await this.instant(expr, at);
    return new Map(
      samples.flatMap(({ labels, value }) => (Number.isFinite(value) ? [[labels.get(label), value] as const] : [])),
    );
  }
}

/** The whole period as a PromQL range, e.g. `604800s`. */
export function rangeOf({ start, end }: ReportPeriod): string {
  return `${Math.max(1, Math.round((end - start) / 1000))}s`;
}
