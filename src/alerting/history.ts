import type { EpochMillis } from '../base/clock';
import type { Logger } from '../base/logger';
import { messageOf } from '../base/errors';
import type { StateStore } from '../storage';

/** The log of what was said, kept back and acknowledged. */
export const NOTIFICATION_HISTORY = 'alerting.notifications';

/** One line of that log. */
export interface HistoryRow {
  readonly event:
    'delivered' | 'refused' | 'superseded' | 'dropped' | 'postponed' | 'suppressed' | 'acknowledged' | 'unacknowledged';
  readonly receiver?: string;
  readonly integration?: string;
  readonly groupKey?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly id?: string;
  readonly attempts?: number;
  readonly fingerprints: readonly string[];
}

/** Writes the notification history, many rows in one go; a failure is logged and never fails work. */
export class NotificationHistory {
  private pending: { t: EpochMillis; value: HistoryRow }[] = [];
  private writing: Promise<void> | undefined;
  /** The last verdict per alert and receiver: only changes are written. */
  private readonly verdicts = new Map<string, string>();

  constructor(
    private readonly state: StateStore,
    private readonly logger: Logger,
  ) {}

  add(t: EpochMillis, value: HistoryRow): void {
    if (this.pending.length >= 10_000) return;
    this.pending.push({ t, value });
    this.writing ??= Promise.resolve().then(() => this.flush());
  }

  /** Notes that an alert was kept back; the same verdict as last time is not repeated. */
  suppressed(
    t: EpochMillis,
    fingerprint: string,
    groupKey: string,
    receiver: string,
    reason: string | undefined,
  ): void {
    if (reason === undefined && this.verdicts.size === 0) return;
    const key = `${groupKey}\u{0}${receiver}\u{0}${fingerprint}`;
    if (reason === undefined) {
      this.verdicts.delete(key);
      return;
    }
    if (this.verdicts.get(key) === reason) return;
    if (this.verdicts.size > 200_000) this.verdicts.clear();
    this.verdicts.set(key, reason);
    this.add(t, { event: 'suppressed', groupKey, receiver, reason, fingerprints: [fingerprint] });
  }

  /** Rows about an alert, newest first. */
  async about(
    fingerprint: string,
    start: EpochMillis,
    end: EpochMillis,
    limit: number,
  ): Promise<{ t: EpochMillis; value: HistoryRow }[]> {
    await this.settle();
    const rows = await this.state.history(NOTIFICATION_HISTORY, start, end, 5000);
    return rows
      .flatMap(({ t, value }) => (isRow(value) && value.fingerprints.includes(fingerprint) ? [{ t, value }] : []))
      .slice(0, limit);
  }

  /** The newest rows. */
  async recent(start: EpochMillis, end: EpochMillis, limit: number): Promise<{ t: EpochMillis; value: HistoryRow }[]> {
    await this.settle();
    const rows = await this.state.history(NOTIFICATION_HISTORY, start, end, limit);
    return rows.flatMap(({ t, value }) => (isRow(value) ? [{ t, value }] : []));
  }

  /** Waits until what was added is on disk. */
  async settle(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  private async flush(): Promise<void> {
    const rows = this.pending;
    this.pending = [];
    try {
      await this.state.commit(rows.map(({ t, value }) => ({ op: 'append', log: NOTIFICATION_HISTORY, t, value })));
    } catch (error) {
      this.logger.warn('cannot write the notification history', { error: messageOf(error) });
    }
    this.writing = this.pending.length > 0 ? Promise.resolve().then(() => this.flush()) : undefined;
  }
}

function isRow(value: unknown): value is HistoryRow {
  return (
    typeof value === 'object' &&
    value !== null &&
    'event' in value &&
    'fingerprints' in value &&
    Array.isArray(value.fingerprints)
  );
}
