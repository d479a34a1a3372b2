import type { EpochMillis, Millis } from '../../base/clock';
import type { Alert } from '../../domain/alert';
import { Labels } from '../../domain/labels';
import { escapeQuery } from '../../template';
import type { AlertingRule } from '../file/rule-file';
import type { ActiveAlert } from './alerting-evaluator';

/** What an alert gets on its way out. */
export interface HandingOver {
  /** Added where the alert does not have them. */
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** How long a firing alert is vouched for. */
  readonly validFor: Millis;
}

/** How long a firing alert is vouched for, by the spacing of evaluations and of handing over. */
export function validityOf(interval: Millis, resendDelay: Millis): Millis {
  return 4 * Math.max(interval, resendDelay);
}

/** An alert as it is handed over at `at`. */
export function handedAlert(rule: AlertingRule, alert: ActiveAlert, at: EpochMillis, how: HandingOver): Alert {
  const missing = Object.entries(how.externalLabels).filter(([name]) => !alert.labels.has(name));
  const path = `/graph?g0.expr=${escapeQuery(rule.expr)}&g0.tab=1`;
  return {
    labels: missing.length === 0 ? alert.labels : Labels.of([...alert.labels, ...missing]),
    annotations: alert.annotations,
    startsAt: alert.firedAt ?? alert.activeAt,
    endsAt: alert.resolvedAt ?? at + how.validFor,
    generatorUrl: how.externalUrl.replace(/\/$/, '') + path,
    details: alert.details,
  };
}
