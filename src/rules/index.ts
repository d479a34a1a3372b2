export { rulesConfig } from './rules.config';
export type { RulesConfig } from './rules.config';
export type { AlertSink } from './alert-sink';
export { InvalidRulesError, RuleEvaluationError, RuleTestSyntaxError } from './errors';
export { RULES_ENGINE, RulesEngine } from './engine/rules-engine';
export type { ActiveGroup, RulesEngineOptions } from './engine/rules-engine';
export { exportPrometheus } from './file/export-prometheus';
export type { PrometheusExport } from './file/export-prometheus';
export { expandGlob } from './file/glob';
export { loadRuleFiles } from './file/load-rule-files';
export type { LoadedRules } from './file/load-rule-files';
export { readRuleFile } from './file/read-rule-file';
export type { AlertingRule, RecordingRule, Rule, RuleFile, RuleGroup } from './file/rule-file';
export { ruleFileSchema } from './file/rule-file-schema';
export { historyOf } from './history/engine-history';
export { figuresOf, propose, replay, sweep } from './history/backtest';
export type { Firing, HistoryRow, HistoryWindow, ReplayTiming, SweepRow } from './history/backtest';
export { proposePatch } from './history/propose-patch';
export { backtestRule, isLowBad } from './history/rule-backtest';
export type { Backtest, BacktestRequest, HistorySource } from './history/rule-backtest';
export { ruleKinds } from './kinds';
export type { RuleKind } from './kinds/kind';
export { lintRules } from './lint/lint-rules';
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
export { coverageOf } from './unit-test/coverage';
export type { RuleCoverage } from './unit-test/coverage';
export type {
  ExpectedNotification,
  ExpectedNotifiedAlert,
  NotificationRun,
  NotificationTest,
  NotificationTester,
} from './unit-test/notification-test';
export { runTestFile } from './unit-test/run-tests';
export type { TestFileOutcome, TestOutcome, TestSurroundings } from './unit-test/run-tests';
export { readTestFile, unreadable } from './unit-test/test-file';
export type { TestFile } from './unit-test/test-file';
export { conditionOf } from './words/condition';
export type { Condition } from './words/condition';
export { describeExpr, describeRule } from './words/describe';
