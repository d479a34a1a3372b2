import { AlertingEvaluator } from '../evaluation/alerting-evaluator';
import type { EvaluatedRule, GroupEvaluator } from '../evaluation/group-evaluator';
import type { AlertStatus, GroupStatus, RuleStatus } from '../status';
import { conditionOf } from '../words/condition';
import { describeRule } from '../words/describe';

/** What a group's runner adds to what its evaluator knows. */
export type GroupTiming = Pick<
  GroupStatus,
  'interval' | 'queryOffset' | 'evaluationTime' | 'lastEvaluation' | 'nextEvaluation' | 'missedIterations'
>;

/** A group as it stands. */
export function toGroupStatus({ group, rules }: GroupEvaluator, timing: GroupTiming): GroupStatus {
  return { name: group.name, file: group.file, limit: group.limit, rules: rules.map(toRuleStatus), ...timing };
}

function toRuleStatus({ evaluator, health, lastError, evaluationTime, lastEvaluation }: EvaluatedRule): RuleStatus {
  const { rule } = evaluator;
  const common = {
    name: rule.name,
    query: rule.expr,
    labels: Object.fromEntries(rule.labels),
    health,
    lastError,
    evaluationTime,
    lastEvaluation,
    file: '',
    line: rule.at.line,
    kind: rule.kind?.name,
    explanation: describeRule(rule),
    threshold: rule.kind?.threshold ?? thresholdOf(rule),
    measured: rule.kind?.measured ?? conditionOf(rule)?.measured,
  };
  if (!(evaluator instanceof AlertingEvaluator)) {
    return { ...common, type: 'recording', seriesCount: evaluator.seriesCount };
  }
  return {
    ...common,
    type: 'alerting',
    state: lastEvaluation === undefined && evaluator.alerts.length === 0 ? 'unknown' : evaluator.state,
    holdFor: evaluator.rule.holdFor,
    keepFiringFor: evaluator.rule.keepFiringFor,
    annotations: Object.fromEntries(evaluator.rule.annotations.map(({ name, template }) => [name, template.text])),
    alerts: evaluator.alerts
      .filter(({ state }) => state !== 'inactive')
      .map(({ labels, annotations, state, activeAt, firedAt, keepFiringSince, value, details }): AlertStatus => ({
        labels,
        annotations,
        state,
        activeAt,
        firedAt,
        keepFiringSince,
        value,
        valueAtFire: details.valueAtFire,
      })),
  };
}

function thresholdOf(rule: EvaluatedRule['evaluator']['rule']): string | undefined {
  const condition = conditionOf(rule);
  return condition === undefined ? undefined : `${condition.operator} ${condition.threshold}`;
}
