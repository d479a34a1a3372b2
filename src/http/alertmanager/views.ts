import type { AlertView, GroupView, Silence, SilenceState } from '../../alerting';
import type { AlertGroup, GettableAlert, GettableSilence } from '../../contracts/alertmanager';

/** An alert as the API shows it. */
export function toGettableAlert(view: AlertView): GettableAlert {
  const { alert } = view;
  return {
    annotations: alert.annotations,
    endsAt: iso(alert.endsAt),
    fingerprint: alert.labels.fingerprint,
    receivers: view.receivers.map((name) => ({ name })),
    startsAt: iso(alert.startsAt),
    status: { inhibitedBy: view.inhibitedBy, mutedBy: view.mutedBy, silencedBy: view.silencedBy, state: view.state },
    updatedAt: iso(alert.updatedAt),
    generatorURL: alert.generatorUrl,
    labels: alert.labels.toRecord(),
  };
}

/** A group as the API shows it. */
export function toAlertGroup(view: GroupView): AlertGroup {
  return {
    alerts: view.alerts.map(toGettableAlert),
    labels: view.labels.toRecord(),
    receiver: { name: view.receiver },
  };
}

/** A silence as the API shows it. */
export function toGettableSilence(silence: Silence, state: SilenceState): GettableSilence {
  return {
    id: silence.id,
    status: { state },
    updatedAt: iso(silence.updatedAt),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: iso(silence.endsAt),
    matchers: silence.matchers.map(({ name, operator, value }) => ({
      isEqual: operator === '=' || operator === '=~',
      isRegex: operator === '=~' || operator === '!~',
      name,
      value,
    })),
    startsAt: iso(silence.startsAt),
    ...(Object.keys(silence.annotations).length === 0 ? {} : { annotations: silence.annotations }),
    ...(silence.recurrence === undefined ? {} : { recurrence: silence.recurrence.source }),
  };
}

/** Alertmanager's order: active by end, pending by start, expired with the last to end first. */
export function compareSilences(a: GettableSilence, b: GettableSilence): number {
  const rank = { active: 1, pending: 2, expired: 3 } as const;
  const order = rank[a.status.state] - rank[b.status.state];
  if (order !== 0) return order;
  switch (a.status.state) {
    case 'active':
      return Date.parse(a.endsAt) - Date.parse(b.endsAt);
    case 'pending':
      return Date.parse(a.startsAt) - Date.parse(b.startsAt);
    case 'expired':
      return Date.parse(b.endsAt) - Date.parse(a.endsAt);
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
