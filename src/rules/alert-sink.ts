import type { Alert } from '../domain/alert';

/** Where rules hand their alerts: our own alerting, or an external Alertmanager. Bound in `app.module.ts`. */
export interface AlertSink {
  /** Resolves when the alerts are durable on the other side. A rejection means: send again at the next evaluation. */
  accept(alerts: readonly Alert[]): Promise<void>;
}
