export { rulesConfig } from './rules.config';
export type { RulesConfig } from './rules.config';
export type { AlertSink } from './alert-sink';
export { InvalidRulesError, RuleEvaluationError } from './errors';
export { compareProblems, formatProblem } from './problem';
export type { Problem } from './problem';
export type {
  AlertingRuleStatus,
  AlertState,
  AlertStatus,
  GroupStatus,
  RecordingRuleStatus,
  ReloadPlan,
  RuleChange,
  RuleHealth,
  RuleStatus,
  Transition,
} from './status';
