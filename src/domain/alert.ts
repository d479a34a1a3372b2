import type { EpochMillis } from '../base/clock';
import type { Labels } from './labels';

/** What is known about an alert beyond its labels and annotations; for messages to people. */
export interface AlertDetails {
  /** The newest value of the rule's expression. */
  readonly value?: number;
  readonly valueAtFire?: number;
  readonly valueAtResolve?: number;
  /** In human units: `8s`, `85%`. */
  readonly threshold?: string;
  /** The rule's expression. */
  readonly query?: string;
  /** The label sets that contribute most, the largest first. */
  readonly contributors?: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  /** Traces that exemplars of the breach window point to, the newest first. */
  readonly traceIds?: readonly string[];
}

/** What a rule hands to alerting, and what `POST /api/v2/alerts` takes. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: EpochMillis;
  /** When it resolved or, while it fires, until when the sender vouches for it. */
  readonly endsAt: EpochMillis;
  readonly generatorUrl: string;
  readonly details?: AlertDetails;
}

/** The label that names an alert's rule. */
export const ALERT_NAME = 'alertname';

/** Whether the alert is over at `at`. */
export function isResolved(alert: Pick<Alert, 'endsAt'>, at: EpochMillis): boolean {
  return alert.endsAt <= at;
}
