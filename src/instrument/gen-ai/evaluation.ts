import { GEN_AI, GEN_AI_EVENTS } from '../../domain/gen-ai';
import { counterFamily, histogramFamily } from '../metrics/registry';
import { settings } from '../settings';
import { currentTrace } from '../spans/helpers';
import { emitEvent } from '../spans/log-events';
import { currentOperation } from '../spans/operation';
import { eventAttributes } from './model-content';
import { present } from './inference-attributes';
import type { CurrentTrace } from '../spans/helpers';
import type { Attributes } from '@opentelemetry/api';

/** Bounds for scores: most scales run from 0 to 1, some to 5, 10 or 100. */
const SCORE_BUCKETS: readonly number[] = [
  0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 2, 3, 4, 5, 7.5, 10, 50, 100,
];

/** How good an answer was found to be. */
export interface Evaluation {
  /** What was judged: `relevance`, `groundedness` … Few values, for it is a label of metrics. */
  readonly name: string;
  /** On whatever scale; not a number counts as not given. */
  readonly score?: number;
  /** What the score means: `pass`, `relevant` … Few values. */
  readonly label?: string;
  /** Why; written as it is, so keep content out of it where content is not to be kept. */
  readonly explanation?: string;
  /** The id of the answer judged, where its trace is not known. */
  readonly responseId?: string;
  /** The judge failed, by type of the failure: then there is no score. */
  readonly errorType?: string;
  readonly attributes?: Attributes;
}

/**
 * Tells how good an answer was: the conventions' event `gen_ai.evaluation.result`, and metrics to alert on. The event
 * belongs to the span of `of`, by default that of the running operation; kept with the answer, `currentTrace()` lets it
 * be judged later and elsewhere. Where no SDK takes log records it is an event of the running operation's span.
 */
export function recordEvaluation(evaluation: Evaluation, of: CurrentTrace | undefined = currentTrace()): void {
  const { name, label, errorType } = evaluation;
  const score = evaluation.score === undefined || Number.isNaN(evaluation.score) ? undefined : evaluation.score;
  const attributes = present({
    [GEN_AI.evaluationName]: name,
    [GEN_AI.evaluationScore]: score,
    [GEN_AI.evaluationLabel]: label,
    [GEN_AI.evaluationExplanation]: evaluation.explanation,
    [GEN_AI.responseId]: evaluation.responseId,
    'error.type': errorType,
    ...evaluation.attributes,
  });
  const span =
    of === undefined ? undefined : { traceId: of.traceId, spanId: of.spanId, traceFlags: of.sampled ? 1 : 0 };
  const event = { name: GEN_AI_EVENTS.evaluationResult, severity: 'info', span } as const;
  if (!emitEvent({ ...event, attributes: eventAttributes(attributes) })) {
    currentOperation()?.addEvent(GEN_AI_EVENTS.evaluationResult, attributes);
  }
  const { registry } = settings();
  counterFamily(registry, 'telltale_evaluations_total', 'Answers judged, by verdict.')
    .cell({ evaluation: name, label: label ?? '', error_type: errorType ?? '' })
    .add();
  if (score === undefined) return;
  histogramFamily(registry, 'telltale_evaluation_score', 'Scores of answers.', SCORE_BUCKETS)
    .cell({ evaluation: name })
    .observe(score);
}
