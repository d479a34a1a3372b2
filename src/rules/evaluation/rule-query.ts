import type { EpochMillis, Millis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import { METRIC_NAME } from '../../domain/labels';
import { Labels } from '../../domain/labels';
import { histogramText } from '../../promql';
import type { Expr, PromqlEngine, VectorSample } from '../../promql';
import { StringMap } from '../../template';
import type { TemplateSample } from '../../template';
import { RuleEvaluationError } from '../errors';

/** What rules need of the query engine. */
export type RuleQueryEngine = Pick<PromqlEngine, 'instant'>;

/**
 * A rule's expression at an instant: a vector as it is, a scalar as one sample without labels.
 * @throws RuleEvaluationError for any other type.
 */
export async function queryVector(
  engine: RuleQueryEngine,
  expr: string | Expr,
  at: EpochMillis,
  timeout?: Millis,
): Promise<readonly VectorSample[]> {
  const { value } = await engine.instant(expr, at, timeout === undefined ? {} : { timeout });
  switch (value.type) {
    case 'vector':
      return value.samples;
    case 'scalar':
      return [{ labels: Labels.EMPTY, t: value.t, value: value.value }];
    default:
      throw new RuleEvaluationError('rule result is not a vector or scalar');
  }
}

/** Results as templates see them. */
export function toTemplateSamples(samples: readonly VectorSample[]): TemplateSample[] {
  return samples.map(({ labels, value, histogram }) => ({
    Labels: new StringMap(labels.toRecord()),
    Value: histogram === undefined ? value : new TemplateHistogram(histogram),
  }));
}

/** A native histogram as templates print it. */
export class TemplateHistogram {
  readonly goType = '*histogram.FloatHistogram';

  constructor(private readonly histogram: NativeHistogram) {}

  goString(): string {
    return histogramText(this.histogram);
  }
}

/** The labels without the metric's name. */
export function withoutName(labels: Labels): Labels {
  return labels.without(METRIC_NAME);
}
