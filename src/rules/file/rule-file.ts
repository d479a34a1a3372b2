import type { Millis } from '../../base/clock';
import type { Expr } from '../../promql';
import type { AlertTemplate } from '../../template';
import type { Problem } from '../problem';
import type { Position } from '../yaml/yaml-tree';

/** A text of an alert's label or annotation, ready to be filled in. */
export interface TemplatedText {
  readonly name: string;
  readonly template: AlertTemplate;
}

interface CommonRule {
  /** The `alert` or `record` name. */
  readonly name: string;
  /** As written, or as compiled from a high-level kind. */
  readonly expr: string;
  readonly ast: Expr;
  /** The group's labels with the rule's own over them. */
  readonly labels: ReadonlyMap<string, string>;
  readonly at: Position;
  /** Where the expression is written. */
  readonly exprAt: Position;
  /** The high-level kind it was written in. */
  readonly kind: KindUse | undefined;
}

/** How a rule was written, where it was not written in PromQL. */
export interface KindUse {
  readonly name: string;
  /** In plain words. */
  readonly explanation: string;
  /** The threshold in human units: `8s`, `85%`. */
  readonly threshold: string | undefined;
  /** The threshold as the expression compares it, where it is one number. */
  readonly thresholdValue: number | undefined;
  /** The expression without the comparison: what is compared, per label set. */
  readonly measured: string | undefined;
  /** Contributors: an expression whose largest results say what is behind a breach. */
  readonly contributors: string | undefined;
}

/** A rule whose results are alerts. */
export interface AlertingRule extends CommonRule {
  readonly type: 'alerting';
  readonly holdFor: Millis;
  readonly keepFiringFor: Millis;
  readonly labelTemplates: readonly TemplatedText[];
  readonly annotations: readonly TemplatedText[];
}

/** A rule whose results are series. */
export interface RecordingRule extends CommonRule {
  readonly type: 'recording';
}

/** A rule. */
export type Rule = AlertingRule | RecordingRule;

/** Rules evaluated together, in order. */
export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  /** Undefined: the configuration's. */
  readonly interval: Millis | undefined;
  readonly queryOffset: Millis | undefined;
  /** Most alerts or series one rule may have; 0 is without limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
  readonly at: Position;
}

/** A rule file, read. `groups` is only complete where no problem is an error. */
export interface RuleFile {
  readonly file: string;
  readonly groups: readonly RuleGroup[];
  readonly problems: readonly Problem[];
}

/** Whether any problem keeps the file from being used. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}
