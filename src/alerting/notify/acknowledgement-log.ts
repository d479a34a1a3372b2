import type { EpochMillis } from '../../base/clock';
import { ALERT_NAME } from '../../domain/alert';
import type { Labels } from '../../domain/labels';
import type { StateStore } from '../../storage';

/** The log of who took up which firing. Small: people write it. */
const ACKNOWLEDGED = 'alerting.acknowledged';
const MOST_ROWS = 20_000;

interface Row {
  readonly alert: string;
  readonly fingerprint: string;
  /** Of the firing that was taken up. */
  readonly startsAt: EpochMillis;
  /** Whether it was taken back instead. */
  readonly back: boolean;
}

/** Remembers acknowledgements beyond the alerts they were of, for those who judge alerts afterwards. */
export class AcknowledgementLog {
  constructor(private readonly state: StateStore) {}

  async add(
    t: EpochMillis,
    alert: { readonly labels: Labels; readonly startsAt: EpochMillis },
    back: boolean,
  ): Promise<void> {
    const { labels, startsAt } = alert;
    const value: Row = { alert: labels.get(ALERT_NAME), fingerprint: labels.fingerprint, startsAt, back };
    await this.state.commit([{ op: 'append', log: ACKNOWLEDGED, t, value }]);
  }

  /** How many firings of each alert, by its name, somebody took up in [start, end) and did not give back. */
  async firings(start: EpochMillis, end: EpochMillis): Promise<ReadonlyMap<string, number>> {
    const rows = await this.state.history(ACKNOWLEDGED, start, end - 1, MOST_ROWS);
    const taken = new Map<string, string>();
    // The newest come first; what was said last counts.
    for (const { value } of rows.reverse()) {
      if (!isRow(value)) continue;
      const firing = `${value.fingerprint} ${value.startsAt}`;
      if (value.back) taken.delete(firing);
      else taken.set(firing, value.alert);
    }
    const counts = new Map<string, number>();
    for (const alert of taken.values()) counts.set(alert, (counts.get(alert) ?? 0) + 1);
    return counts;
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && 'alert' in value && 'fingerprint' in value && 'back' in value;
}
