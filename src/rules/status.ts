import type { EpochMillis, Millis } from '../base/clock';
import type { Labels } from '../domain/labels';

/** The state of an alert instance. */
export type AlertState = 'inactive' | 'pending' | 'firing';

/** How the last evaluation of a rule went. */
export type RuleHealth = 'unknown' | 'ok' | 'err';

/** One active alert instance. */
export interface AlertStatus {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: AlertState;
  readonly activeAt: EpochMillis;
  readonly firedAt: EpochMillis | undefined;
  readonly keepFiringSince: EpochMillis | undefined;
  readonly value: number;
  /** The value when it began to fire. */
  readonly valueAtFire: number | undefined;
}

interface CommonRuleStatus {
  readonly name: string;
  /** The PromQL it evaluates. */
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: RuleHealth;
  readonly lastError: string | undefined;
  /** How long the last evaluation took. */
  readonly evaluationTime: Millis;
  /** The instant of the last evaluation; undefined before the first. */
  readonly lastEvaluation: EpochMillis | undefined;
  /** Where it is written. */
  readonly file: string;
  readonly line: number;
  /** The high-level kind it was written in, if any. */
  readonly kind: string | undefined;
  /** What it does, in plain words. */
  readonly explanation: string;
  /** In human units, where the expression ends in a comparison: `8s`, `0.05`. */
  readonly threshold: string | undefined;
  /** PromQL of what is compared with the threshold. */
  readonly measured: string | undefined;
}

/** An alerting rule as it stands. */
export interface AlertingRuleStatus extends CommonRuleStatus {
  readonly type: 'alerting';
  /** `unknown` before the first evaluation. */
  readonly state: AlertState | 'unknown';
  readonly holdFor: Millis;
  readonly keepFiringFor: Millis;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly AlertStatus[];
}

/** A recording rule as it stands. */
export interface RecordingRuleStatus extends CommonRuleStatus {
  readonly type: 'recording';
  readonly seriesCount: number;
}

/** A rule as it stands. */
export type RuleStatus = AlertingRuleStatus | RecordingRuleStatus;

/** A rule group as it stands. */
export interface GroupStatus {
  readonly name: string;
  readonly file: string;
  readonly interval: Millis;
  readonly queryOffset: Millis;
  readonly limit: number;
  readonly rules: readonly RuleStatus[];
  readonly evaluationTime: Millis;
  readonly lastEvaluation: EpochMillis | undefined;
  /** The next slotted evaluation. */
  readonly nextEvaluation: EpochMillis | undefined;
  readonly missedIterations: number;
}

/** One change of state of one alert instance. */
export interface Transition {
  readonly t: EpochMillis;
  readonly file: string;
  readonly group: string;
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly value: number;
  readonly activeAt: EpochMillis;
}

/** What a reload does, told before it is done. */
export interface ReloadPlan {
  readonly added: readonly RuleChange[];
  readonly changed: readonly RuleChange[];
  readonly removed: readonly RuleChange[];
  readonly unchanged: number;
}

/** One rule in a reload plan. */
export interface RuleChange {
  readonly file: string;
  readonly group: string;
  readonly rule: string;
  /** What becomes of its alerts: `2 firing alerts are resolved`; empty where there are none. */
  readonly effect: string;
}
