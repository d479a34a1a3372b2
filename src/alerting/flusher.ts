import type { Clock, EpochMillis, Millis } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Random } from '../base/ids';
import type { Logger } from '../base/logger';
import type { StateChange, StateStore } from '../storage';
import type { Configuration } from './configuration';
import type { AggregationGroup } from './dispatch/aggregation-group';
import type { Dispatcher } from './dispatch/dispatcher';
import type { NotificationHistory } from './history';
import type { AlertStore } from './intake/alert-store';
import type { AlertingMetrics } from './metrics';
import { nextChange } from './mute/time-interval';
import type { Acknowledgements } from './notify/acknowledgements';
import type { Delivery } from './notify/delivery';
import { gatherEvidence } from './notify/evidence';
import type { EvidenceSource } from './notify/evidence';
import type { NotificationLog } from './notify/notification-log';
import { Outbox } from './notify/outbox';
import type { OutboxOptions } from './notify/outbox';
import type { Outcome } from './notify/outbox';
import type { OutboxItem } from './notify/outbox-item';
import { planEscalations, planFlush, snapshot } from './notify/pipeline';
import type { FlushedAlert, FlushPlan, PlanSurroundings } from './notify/pipeline';
import type { Suppressions } from './notify/suppression';

/** What flushing is built with. */
export interface FlusherOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly externalUrl: string;
  readonly evidence?: EvidenceSource;
  readonly log: NotificationLog;
  readonly history: NotificationHistory;
  readonly metrics: AlertingMetrics;
  readonly store: AlertStore;
  readonly acknowledgements: Acknowledgements;
}

/** Carries out what a flush decides: puts notifications on disk and on their way, lets go of what is over. */
export class Flusher {
  readonly outbox: Outbox;
  private dispatcher: Dispatcher | undefined;
  /** Groups that a reload has dissolved and that still owe a resolved, by group id. */
  private readonly failing = new Map<string, EpochMillis>();

  constructor(
    private readonly options: FlusherOptions,
    private configuration: Configuration,
    public suppressions: Suppressions,
  ) {
    const delays = (): OutboxOptions => this.configuration.config.delivery;
    this.outbox = new Outbox(options.state, options.log, options.clock, options.random, options.logger, delays, {
      attempt: (item) => this.attempt(item),
      paceOf: (key) => this.configuration.channels.paceOf(key),
      settled: (item, outcome) => this.settled(item, outcome),
      postponed: (item, delivery, attempts, next) => this.postponed(item, delivery, attempts, next),
    });
  }

  bind(dispatcher: Dispatcher): void {
    this.dispatcher = dispatcher;
  }

  /** Goes over to another configuration. */
  adopt(configuration: Configuration, suppressions: Suppressions): void {
    this.configuration = configuration;
    this.suppressions = suppressions;
  }

  get current(): Configuration {
    return this.configuration;
  }

  /** What plans are made from, as it stands. */
  get surroundings(): PlanSurroundings {
    return {
      receivers: this.configuration.resolved.receivers,
      suppressions: this.suppressions,
      acknowledgements: this.options.acknowledgements,
      outbox: this.outbox,
      logRetention: this.configuration.config.retention.data,
      remindAfterMute: this.configuration.config.remindAfterMute,
    };
  }

  /** Flushes a group; what fails is logged and tried again at the next flush. */
  async flush(group: AggregationGroup, at: EpochMillis, kind: 'regular' | 'extra'): Promise<void> {
    if (group.alerts.size === 0) return;
    try {
      const plan =
        kind === 'regular' || group.mutedSince !== undefined
          ? planFlush(group, at, this.surroundings)
          : this.planExtra(group, at);
      this.note(group, plan, at);
      const silent = plan.items.filter(({ alerts }) => alerts.length === 0);
      const spoken = plan.items.filter(({ alerts }) => alerts.length > 0);
      const changes: StateChange[] = silent.map(({ entry }) => this.options.log.put(entry));
      if (spoken.length === 0 && !this.outbox.hasPending(group.key)) changes.push(...this.release(group, at));
      if (spoken.length > 0) await this.outbox.post(spoken, changes);
      else if (changes.length > 0) await this.options.state.commit(changes);
      this.lookAhead(group, plan, at);
    } catch (error) {
      this.options.logger.error('a group could not be flushed', { group: group.key, error: messageOf(error) });
    }
  }

  /** Alerts that resolved long ago and that no group holds. */
  forgetResolved(at: EpochMillis, retention: Millis): StateChange[] {
    const changes: StateChange[] = [];
    for (const alert of [...this.options.store.all()]) {
      const { fingerprint } = alert.labels;
      if (alert.endsAt + retention > at || (this.dispatcher?.groupsOf(fingerprint).length ?? 0) > 0) continue;
      changes.push(...this.forget(fingerprint));
    }
    return changes;
  }

  /** Groups that a reload has dissolved: what they told as firing and is over by now is told, the rest lives on elsewhere. */
  async settleOrphans(groups: readonly AggregationGroup[], at: EpochMillis): Promise<void> {
    for (const group of groups) {
      for (const [fingerprint, alert] of group.alerts) if (alert.endsAt > at) group.alerts.delete(fingerprint);
      if (group.alerts.size > 0) await this.flush(group, at, 'regular');
    }
  }

  /** Receivers that have been failing for at least `span`. */
  failingReceivers(span: Millis): { receiver: string; integration: string; since: EpochMillis; error: string }[] {
    if (span === 0) return [];
    const at = this.options.clock.now();
    return [...this.configuration.resolved.receivers.values()].flatMap(({ name, integrations }) =>
      integrations.flatMap(({ key, channel }) => {
        const status = this.outbox.statusOf(key);
        const since = status?.failingSince ?? this.failing.get(key);
        if (since === undefined || at - since < span) return [];
        return [{ receiver: name, integration: channel, since, error: status?.lastError ?? 'refused' }];
      }),
    );
  }

  private planExtra(group: AggregationGroup, at: EpochMillis): FlushPlan {
    const alerts = snapshot(group, at, this.suppressions);
    const mutedBy = this.suppressions.mutedBy(group.route, at);
    const items = planEscalations(group, alerts, mutedBy, at, this.surroundings);
    return { alerts, mutedBy, items: items.map((item, order) => ({ ...item, order })) };
  }

  /** Keeps the counts and the history of what was kept back. */
  private note(group: AggregationGroup, { alerts, mutedBy }: FlushPlan, at: EpochMillis): void {
    const { metrics, history } = this.options;
    const { receiver } = group.route;
    let silenced = 0;
    let inhibited = 0;
    for (const { fingerprint, suppressed, stored } of alerts) {
      let reason: string | undefined;
      if (suppressed) {
        const { inhibitedBy, silencedBy } = this.suppressions.of(stored.labels, at);
        if (inhibitedBy !== undefined) inhibited++;
        else silenced++;
        reason =
          inhibitedBy === undefined
            ? `silenced by ${silencedBy.join(', ')}`
            : `inhibited by ${inhibitedBy.by} (rule ${inhibitedBy.rule})`;
      } else if (mutedBy.length > 0) reason = `muted by time interval ${mutedBy.join(', ')}`;
      history.suppressed(at, fingerprint, group.key, receiver, reason);
    }
    metrics.suppressed('inhibition', inhibited);
    metrics.suppressed('silence', silenced);
    metrics.suppressed('mute_time_interval', mutedBy.length > 0 ? alerts.length : 0);
  }

  /** Sets the flushes between the regular ones: the end of a mute time, the next escalation. */
  private lookAhead(group: AggregationGroup, { alerts, mutedBy }: FlushPlan, at: EpochMillis): void {
    const wishes: EpochMillis[] = [];
    if (mutedBy.length > 0 && alerts.some(({ resolved }) => !resolved)) {
      group.mutedSince ??= at;
      const end = nextChange(this.suppressions.intervalsOf(group.route), at, group.route.groupInterval);
      if (end !== undefined) wishes.push(end);
    } else if (mutedBy.length === 0) group.mutedSince = undefined;
    for (const { after } of group.route.escalations) {
      for (const { resolved, stored } of alerts) {
        const due = stored.startsAt + after;
        if (!resolved && due > at) wishes.push(due);
      }
    }
    const next = Math.min(...wishes);
    if (next < group.nextFlush) this.dispatcher?.wish(group, next);
  }

  /** What is over and told everywhere leaves the group, and the store when no other group holds it. */
  private release(group: AggregationGroup, at: EpochMillis): StateChange[] {
    const changes: StateChange[] = [];
    for (const [fingerprint, alert] of group.alerts) {
      if (alert.endsAt > at || this.options.store.get(fingerprint) !== alert) continue;
      if (this.dispatcher?.drop(group, fingerprint) !== true) changes.push(...this.forget(fingerprint));
    }
    changes.push(...(this.dispatcher?.dismiss(group) ?? []));
    return changes;
  }

  private forget(fingerprint: string): StateChange[] {
    const alert = this.options.store.get(fingerprint);
    if (alert !== undefined) this.suppressions.inhibitor.remove(alert.labels);
    return [...this.options.store.remove(fingerprint), ...this.options.acknowledgements.forget(fingerprint)];
  }

  private async attempt(item: OutboxItem): Promise<Delivery> {
    const { clock, externalUrl, evidence, metrics, log } = this.options;
    const integration = this.configuration.channels.get(item.integration);
    const name = integration?.channel ?? 'unknown';
    const started = clock.elapsed();
    const source = this.configuration.channels.showsChart(item.integration) ? evidence : undefined;
    const known = await gatherEvidence(item.alerts, item.createdAt, externalUrl, source, clock).catch(() => undefined);
    const reference = log.get(item.entry.key)?.reference;
    const delivery = await this.configuration.channels.send(item.integration, {
      id: item.id,
      groupKey: item.groupKey,
      receiver: item.receiver,
      reason: item.reason,
      at: item.createdAt,
      groupLabels: item.groupLabels,
      routeLabels: item.routeLabels,
      alerts: item.alerts,
      externalUrl,
      ...(reference === undefined ? {} : { reference }),
      ...(known === undefined ? {} : { evidence: known }),
      ...(item.document === undefined ? {} : { document: item.document }),
    });
    metrics.request(name, item.receiver, delivery.kind !== 'delivered');
    metrics.latency(name, item.receiver).observe((clock.elapsed() - started) / 1000);
    return delivery;
  }

  private settled(item: OutboxItem, outcome: Outcome): void {
    const { clock, history, metrics, logger } = this.options;
    const at = clock.now();
    const channel = item.integration.split('/').at(-2) ?? 'unknown';
    if (outcome.kind === 'delivered' || outcome.kind === 'refused') metrics.notification(channel, item.receiver);
    if (outcome.kind === 'delivered') {
      metrics.deliveryLag().observe((at - item.createdAt) / 1000);
      this.failing.delete(item.integration);
      this.releaseAfter(item, at);
    } else if (outcome.kind === 'refused') {
      metrics.failed(channel, item.receiver, outcome.reason ?? 'other');
      if (!this.failing.has(item.integration)) this.failing.set(item.integration, at);
      logger.warn('a notification was refused', {
        integration: item.integration,
        group: item.groupKey,
        error: outcome.message,
      });
    }
    history.add(at, {
      event: outcome.kind,
      id: item.id,
      receiver: item.receiver,
      integration: item.integration,
      groupKey: item.groupKey,
      reason: item.reason,
      attempts: outcome.attempts,
      fingerprints: item.alerts.map(({ labels }) => labels.fingerprint),
      ...(outcome.message === undefined ? {} : { message: outcome.message }),
    });
  }

  /** The last notification of a group has arrived: what it said was over need not be kept. */
  private releaseAfter(item: OutboxItem, at: EpochMillis): void {
    if (this.outbox.hasPending(item.groupKey)) return;
    for (const group of this.dispatcher?.withKey(item.groupKey) ?? []) {
      const told = new Set(item.entry.resolved);
      const changes: StateChange[] = [];
      for (const [fingerprint, alert] of group.alerts) {
        if (!told.has(fingerprint) || alert.endsAt > at) continue;
        // Only what was over at the decision: a later change is not told yet.
        if (alert.endsAt > item.createdAt) continue;
        if (this.dispatcher?.drop(group, fingerprint) !== true) changes.push(...this.forget(fingerprint));
      }
      changes.push(...(this.dispatcher?.dismiss(group) ?? []));
      if (changes.length > 0) {
        void this.options.state.commit(changes).catch((error: unknown) => {
          this.options.logger.warn('cannot forget alerts that are over', { error: messageOf(error) });
        });
      }
    }
  }

  private postponed(
    item: OutboxItem,
    delivery: Extract<Delivery, { kind: 'retry' }>,
    attempts: number,
    next: EpochMillis,
  ): void {
    const { history, logger, clock, metrics } = this.options;
    const channel = item.integration.split('/').at(-2) ?? 'unknown';
    metrics.failed(channel, item.receiver, delivery.reason);
    const at = clock.now();
    logger.warn('a notification will be tried again', {
      integration: item.integration,
      attempts,
      in: Math.round(next - at),
      error: delivery.message,
    });
    // The first and every tenth: an outage must not fill the history.
    if (attempts !== 1 && attempts % 10 !== 0) return;
    history.add(at, {
      event: 'postponed',
      id: item.id,
      receiver: item.receiver,
      integration: item.integration,
      groupKey: item.groupKey,
      message: delivery.message,
      attempts,
      fingerprints: item.alerts.map(({ labels }) => labels.fingerprint),
    });
  }
}

/** For callers that only look. */
export type { FlushedAlert };
