import type { Alert } from '../../domain/alert';
import type { AlertSink } from '../alert-sink';

/** An AlertSink that remembers what it got; refuses while `broken`. */
export class RecordingSink implements AlertSink {
  readonly received: Alert[] = [];
  broken = false;

  accept(alerts: readonly Alert[]): Promise<void> {
    if (this.broken) return Promise.reject(new Error('the sink is broken'));
    this.received.push(...alerts);
    return Promise.resolve();
  }

  /** Takes what came in since the last call. */
  take(): Alert[] {
    return this.received.splice(0);
  }
}
