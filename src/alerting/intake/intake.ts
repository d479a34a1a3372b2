import type { Clock, Millis } from '../../base/clock';
import { OverloadedError } from '../../base/errors';
import type { StateChange, StateStore } from '../../storage';
import type { Dispatcher } from '../dispatch/dispatcher';
import type { AlertingMetrics } from '../metrics';
import type { AlertStore } from './alert-store';
import { alertFault, toStored } from './stored-alert';
import type { PostedAlert, StoredAlert } from './stored-alert';

/** Where alerts come in. */
export class Intake {
  /** An alert without an end is over when it was not heard of for so long. */
  resolveTimeout: Millis = 300_000;

  constructor(
    private readonly store: AlertStore,
    private readonly dispatcher: Dispatcher,
    private readonly state: StateStore,
    private readonly clock: Clock,
    private readonly metrics: AlertingMetrics,
    private readonly taken: (alert: StoredAlert) => void,
  ) {}

  /**
   * Stores the valid alerts and groups them; durable when it resolves.
   * @throws OverloadedError where there are too many alerts; none was taken then.
   */
  async post(alerts: readonly PostedAlert[]): Promise<{ faults: string[] }> {
    const at = this.clock.now();
    const faults: string[] = [];
    const valid: StoredAlert[] = [];
    let firing = 0;
    for (const posted of alerts) {
      const alert = toStored(posted, at, this.resolveTimeout);
      if (alert.endsAt > at) firing++;
      const fault = alertFault(alert);
      if (fault === undefined) valid.push(alert);
      else {
        faults.push(fault);
        this.metrics.invalid.add();
      }
    }
    this.metrics.received('firing', firing);
    this.metrics.received('resolved', alerts.length - firing);
    if (valid.some(({ labels }) => this.store.isFull(labels.fingerprint))) {
      throw new OverloadedError('too many alerts', 30_000);
    }
    const changes: StateChange[] = [];
    for (const alert of valid) {
      const { alert: merged, change } = this.store.put(alert, at);
      this.taken(merged);
      changes.push(change, ...this.dispatcher.insert(merged, at));
    }
    if (changes.length > 0) await this.state.commit(changes);
    return { faults };
  }
}
