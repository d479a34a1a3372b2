import type { EpochMillis, Millis } from '../../base/clock';
import type { StateChange, StateStore } from '../../storage';
import { alertFromRow, alertRow, mergeAlerts } from './stored-alert';
import type { StoredAlert } from './stored-alert';

const SPACE = 'alerting.alerts';

/** The alerts, in memory and on disk. */
export class AlertStore {
  private readonly byFingerprint = new Map<string, StoredAlert>();

  constructor(
    private readonly state: StateStore,
    private readonly capacity: () => number,
  ) {}

  /**
   * Reads the alerts of the last run. Those that fired when it ended get `grace`: their senders had no one to tell, so that
   * they did not resolve only because we were away.
   */
  async load(at: EpochMillis, grace: Millis): Promise<void> {
    for (const { value } of await this.state.load(SPACE)) {
      const alert = alertFromRow(value);
      if (alert === undefined) continue;
      const fired = alert.endsAt > alert.updatedAt && alert.endsAt < at + grace;
      this.byFingerprint.set(alert.labels.fingerprint, fired ? { ...alert, endsAt: at + grace } : alert);
    }
  }

  get size(): number {
    return this.byFingerprint.size;
  }

  get(fingerprint: string): StoredAlert | undefined {
    return this.byFingerprint.get(fingerprint);
  }

  all(): Iterable<StoredAlert> {
    return this.byFingerprint.values();
  }

  /** Whether a new alert would be one too many. */
  isFull(fingerprint: string): boolean {
    return this.byFingerprint.size >= this.capacity() && !this.byFingerprint.has(fingerprint);
  }

  /** Takes an alert, merged with what is known of it; the caller commits the change. */
  put(alert: StoredAlert, at: EpochMillis): { alert: StoredAlert; change: StateChange } {
    const { fingerprint } = alert.labels;
    const known = this.byFingerprint.get(fingerprint);
    const merged = known === undefined ? alert : mergeAlerts(known, alert, at);
    this.byFingerprint.set(fingerprint, merged);
    return { alert: merged, change: { op: 'put', space: SPACE, key: fingerprint, value: alertRow(merged) } };
  }

  /** The caller commits the change. */
  remove(fingerprint: string): StateChange[] {
    return this.byFingerprint.delete(fingerprint) ? [{ op: 'delete', space: SPACE, key: fingerprint }] : [];
  }
}
