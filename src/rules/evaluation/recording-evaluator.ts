import { METRIC_NAME } from '../../domain/labels';
import type { IncomingSample } from '../../storage';
import { RuleEvaluationError } from '../errors';
import type { RecordingRule } from '../file/rule-file';
import type { EvaluationRequest, EvaluationSurroundings } from './alerting-evaluator';
import { queryVector } from './rule-query';

/** Evaluates one recording rule. */
export class RecordingEvaluator {
  private readonly changes: Readonly<Record<string, string>>;
  /** How many series the last evaluation gave. */
  seriesCount = 0;

  constructor(
    readonly rule: RecordingRule,
    private readonly surroundings: Pick<EvaluationSurroundings, 'engine' | 'timeout'>,
  ) {
    this.changes = { [METRIC_NAME]: rule.name, ...Object.fromEntries(rule.labels) };
  }

  /** One evaluation: the series to write. */
  async evaluate({ at, queryOffset, limit }: EvaluationRequest): Promise<IncomingSample[]> {
    const { engine, timeout } = this.surroundings;
    const t = at - queryOffset;
    const result = await queryVector(engine, this.rule.ast, t, timeout);
    const seen = new Set<string>();
    const samples = result.map((sample): IncomingSample => {
      const labels = sample.labels.with(this.changes);
      if (seen.has(labels.key)) {
        throw new RuleEvaluationError('vector contains metrics with the same labelset after applying rule labels');
      }
      seen.add(labels.key);
      const { value, histogram } = sample;
      return histogram === undefined ? { labels, t, value } : { labels, t, value, histogram };
    });
    if (limit > 0 && samples.length > limit) {
      throw new RuleEvaluationError(`exceeded limit of ${limit} with ${samples.length} series`);
    }
    this.seriesCount = samples.length;
    return samples;
  }
}
