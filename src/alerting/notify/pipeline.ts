import type { EpochMillis, Millis } from '../../base/clock';
import { randomUuid } from '../../base/ids';
import { ALERT_NAME } from '../../domain/alert';
import type { Integration, Receiver } from '../config/resolve';
import type { AggregationGroup } from '../dispatch/aggregation-group';
import type { StoredAlert } from '../intake/stored-alert';
import type { Acknowledgements } from './acknowledgements';
import { decide, nextEntry } from './dedup';
import type { Candidate } from './dedup';
import { logKey } from './notification-log';
import { compareAlerts } from './notification';
import type { NotificationReason, NotifiedAlert } from './notification';
import type { Outbox } from './outbox';
import type { OutboxItem } from './outbox-item';
import type { Suppressions } from './suppression';

/** The alert that we raise ourselves about a receiver that cannot be reached. */
export const RECEIVER_FAILING = 'ReceiverFailing';

/** An alert at the moment of a flush. */
export interface FlushedAlert {
  readonly stored: StoredAlert;
  readonly notified: NotifiedAlert;
  readonly fingerprint: string;
  readonly resolved: boolean;
  readonly suppressed: boolean;
}

/** What a flush comes to. */
export interface FlushPlan {
  readonly alerts: readonly FlushedAlert[];
  /** Names of the time intervals that keep the whole group quiet. */
  readonly mutedBy: readonly string[];
  readonly items: readonly OutboxItem[];
}

/** What a plan is made from. */
export interface PlanSurroundings {
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly suppressions: Suppressions;
  readonly acknowledgements: Acknowledgements;
  readonly outbox: Pick<Outbox, 'expectedEntry'>;
  readonly logRetention: Millis;
  /** Whether alerts that were kept back by the calendar are told when it lets go, repeat interval or not. */
  readonly remindAfterMute: boolean;
}

/** Decides what a group says to whom; changes nothing. */
export function planFlush(group: AggregationGroup, at: EpochMillis, around: PlanSurroundings): FlushPlan {
  const alerts = snapshot(group, at, around.suppressions);
  if (alerts.length === 0) return { alerts, mutedBy: [], items: [] };
  const mutedBy = around.suppressions.mutedBy(group.route, at);
  const items: OutboxItem[] = [];
  const receiver = around.receivers.get(group.route.receiver);
  if (receiver !== undefined)
    items.push(...planReceiver(group, receiver, alerts, { mutedBy, at, around, reason: undefined }));
  items.push(...planEscalations(group, alerts, mutedBy, at, around));
  return { alerts, mutedBy, items: items.map((item, order) => ({ ...item, order })) };
}

/** Only the escalations: for a flush between the regular ones. */
export function planEscalations(
  group: AggregationGroup,
  alerts: readonly FlushedAlert[],
  mutedBy: readonly string[],
  at: EpochMillis,
  around: PlanSurroundings,
): OutboxItem[] {
  return group.route.escalations.flatMap(({ after, receiver: name }) => {
    const receiver = around.receivers.get(name);
    if (receiver === undefined) return [];
    const overdue = alerts.filter(
      ({ resolved, stored, fingerprint }) =>
        resolved || (stored.startsAt + after <= at && !around.acknowledgements.isAcknowledged(fingerprint, at)),
    );
    return planReceiver(group, receiver, overdue, { mutedBy, at, around, reason: 'escalation' });
  });
}

/** The group's alerts as a flush at `at` sees them, in the order of messages. */
export function snapshot(group: AggregationGroup, at: EpochMillis, suppressions: Suppressions): FlushedAlert[] {
  const alerts: FlushedAlert[] = [];
  for (const [fingerprint, stored] of group.alerts) {
    const resolved = stored.endsAt <= at;
    alerts.push({
      stored,
      fingerprint,
      resolved,
      suppressed: suppressions.isSuppressed(stored.labels, at),
      // What still fires keeps firing in the message, however long that takes.
      notified: {
        labels: stored.labels,
        annotations: stored.annotations,
        startsAt: stored.startsAt,
        endsAt: resolved ? stored.endsAt : undefined,
        generatorUrl: stored.generatorUrl,
        ...(stored.details === undefined ? {} : { details: stored.details }),
      },
    });
  }
  return alerts.sort((a, b) => compareAlerts(a.stored, b.stored));
}

function isAboutItself({ labels }: StoredAlert, receiver: string): boolean {
  return labels.get(ALERT_NAME) === RECEIVER_FAILING && labels.get('receiver') === receiver;
}

interface ReceiverPlan {
  readonly mutedBy: readonly string[];
  readonly at: EpochMillis;
  readonly around: PlanSurroundings;
  /** Replaces the reason of a first notification. */
  readonly reason: NotificationReason | undefined;
}

function planReceiver(
  group: AggregationGroup,
  receiver: Receiver,
  alerts: readonly FlushedAlert[],
  plan: ReceiverPlan,
): OutboxItem[] {
  // A receiver is not told by itself that it cannot be reached.
  const others = alerts.filter(({ stored }) => !isAboutItself(stored, receiver.name));
  return receiver.integrations.flatMap((integration) => {
    const item = planIntegration(group, receiver, integration, others, plan);
    return item === undefined ? [] : [item];
  });
}

function planIntegration(
  group: AggregationGroup,
  receiver: Receiver,
  integration: Integration,
  alerts: readonly FlushedAlert[],
  { mutedBy, at, around, reason: special }: ReceiverPlan,
): OutboxItem | undefined {
  const { sendResolved } = integration.prepared;
  const key = logKey(group.key, integration.key);
  const entry = around.outbox.expectedEntry(key);
  const owed = new Set(receiver.alwaysResolve && sendResolved ? (entry?.owed ?? []) : []);
  const passing = alerts.filter(({ suppressed, resolved, fingerprint }) =>
    suppressed || mutedBy.length > 0 ? resolved && owed.has(fingerprint) : true,
  );
  if (passing.length === 0) return undefined;
  const candidate: Candidate = {
    firing: passing.filter(({ resolved }) => !resolved).map(({ fingerprint }) => fingerprint),
    resolved: passing.filter(({ resolved }) => resolved).map(({ fingerprint }) => fingerprint),
    sendResolved,
    repeatInterval: group.route.repeatInterval,
  };
  const reason = reasonFor(group, candidate, at, around, entry);
  if (reason === undefined) return undefined;
  const identity = { key, groupKey: group.key, integration: integration.key, receiver: receiver.name };
  return {
    id: randomUuid(),
    integration: integration.key,
    receiver: receiver.name,
    groupKey: group.key,
    reason: special !== undefined && candidate.firing.length > 0 ? special : reason,
    createdAt: at,
    order: 0,
    groupLabels: group.labels,
    routeLabels: group.route.labels,
    alerts: passing.filter(({ resolved }) => sendResolved || !resolved).map(({ notified }) => notified),
    entry: nextEntry(entry, identity, candidate, at, around.logRetention),
  };
}

function reasonFor(
  group: AggregationGroup,
  candidate: Candidate,
  at: EpochMillis,
  around: PlanSurroundings,
  entry: ReturnType<PlanSurroundings['outbox']['expectedEntry']>,
): NotificationReason | undefined {
  const reason = decide(entry, candidate, at);
  if (reason === 'repeat interval elapsed') {
    // Whoever has said "I have it" is not reminded.
    const open = candidate.firing.some((fingerprint) => !around.acknowledgements.isAcknowledged(fingerprint, at));
    return open ? reason : undefined;
  }
  if (reason !== undefined) return reason;
  const missed = around.remindAfterMute && group.mutedSince !== undefined && candidate.firing.length > 0;
  return missed && entry !== undefined && entry.timestamp < (group.mutedSince ?? 0) ? 'mute time ended' : undefined;
}
