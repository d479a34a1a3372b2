import type { EpochMillis } from '../base/clock';
import type { Labels } from './labels';

/** What a rule hands to alerting, and what `POST /api/v2/alerts` takes. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: EpochMillis;
  /** When it resolved or, while it fires, until when the sender vouches for it. */
  readonly endsAt: EpochMillis;
  readonly generatorUrl: string;
}

/** The label that names an alert's rule. */
export const ALERT_NAME = 'alertname';

/** Whether the alert is over at `at`. */
export function isResolved(alert: Pick<Alert, 'endsAt'>, at: EpochMillis): boolean {
  return alert.endsAt <= at;
}
