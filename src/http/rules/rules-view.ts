import type { EpochMillis } from '../../base/clock';
import type {
  PrometheusAlert,
  PrometheusAlertingRule,
  PrometheusRecordingRule,
  PrometheusRuleGroup,
} from '../../contracts/prometheus-rules';
import type { AlertStatus, GroupStatus, RuleStatus } from '../../rules';

/** Go's zero time, for what has not happened yet. */
const NEVER = '0001-01-01T00:00:00Z';

/** A group in Prometheus' shape. */
export function toPrometheusGroup(group: GroupStatus, excludeAlerts: boolean): PrometheusRuleGroup {
  return {
    name: group.name,
    file: group.file,
    rules: group.rules.map((rule) => toPrometheusRule(rule, excludeAlerts)),
    interval: group.interval / 1000,
    limit: group.limit,
    evaluationTime: group.evaluationTime / 1000,
    lastEvaluation: toInstant(group.lastEvaluation),
  };
}

function toPrometheusRule(rule: RuleStatus, excludeAlerts: boolean): PrometheusAlertingRule | PrometheusRecordingRule {
  const common = {
    name: rule.name,
    query: rule.query,
    labels: rule.labels,
    health: rule.health,
    ...(rule.lastError === undefined ? {} : { lastError: rule.lastError }),
    evaluationTime: rule.evaluationTime / 1000,
    lastEvaluation: toInstant(rule.lastEvaluation),
  };
  if (rule.type === 'recording') return { ...common, type: 'recording' };
  return {
    state: rule.state,
    ...common,
    duration: rule.holdFor / 1000,
    keepFiringFor: rule.keepFiringFor / 1000,
    annotations: rule.annotations,
    alerts: excludeAlerts ? [] : rule.alerts.flatMap((alert) => toPrometheusAlert(alert) ?? []),
    type: 'alerting',
  };
}

/** An alert in Prometheus' shape; undefined for one that is not active. */
export function toPrometheusAlert(alert: AlertStatus): PrometheusAlert | undefined {
  if (alert.state === 'inactive') return undefined;
  return {
    labels: alert.labels.toRecord(),
    annotations: alert.annotations,
    state: alert.state,
    activeAt: toInstant(alert.activeAt),
    ...(alert.keepFiringSince === undefined ? {} : { keepFiringSince: toInstant(alert.keepFiringSince) }),
    value: toExponent(alert.value),
  };
}

function toInstant(at: EpochMillis | undefined): string {
  return at === undefined ? NEVER : new Date(at).toISOString();
}

/** Go's strconv.FormatFloat(value, 'e', -1, 64). */
function toExponent(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '0', exponent = '+0'] = value.toExponential().split('e');
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}
