/** Bodies of `/api/v1/rules` and `/api/v1/alerts`, as Prometheus' HTTP API has them. */

/** An active alert. Times are RFC 3339. */
export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
  readonly keepFiringSince?: string;
  /** Go's `'e'` format, shortest: `1e+00`. */
  readonly value: string;
}

interface CommonRule {
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError?: string;
  /** Seconds. */
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

/** An alerting rule; durations are seconds. */
export interface PrometheusAlertingRule extends CommonRule {
  readonly type: 'alerting';
  readonly state: 'unknown' | 'inactive' | 'pending' | 'firing';
  readonly duration: number;
  readonly keepFiringFor: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly PrometheusAlert[];
}

/** A recording rule. */
export interface PrometheusRecordingRule extends CommonRule {
  readonly type: 'recording';
}

/** A rule group; durations are seconds. */
export interface PrometheusRuleGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly (PrometheusAlertingRule | PrometheusRecordingRule)[];
  readonly interval: number;
  readonly limit: number;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

/** `data` of `GET /api/v1/rules`. */
export interface PrometheusRules {
  readonly groups: readonly PrometheusRuleGroup[];
  readonly groupNextToken?: string;
}

/** `data` of `GET /api/v1/alerts`. */
export interface PrometheusAlerts {
  readonly alerts: readonly PrometheusAlert[];
}
