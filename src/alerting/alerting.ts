import type { Clock, EpochMillis, Timer } from '../base/clock';
import { BadInputError, messageOf, NotFoundError } from '../base/errors';
import type { Random } from '../base/ids';
import type { Logger } from '../base/logger';
import type { Telemetry } from '../base/telemetry';
import type { Alert } from '../domain/alert';
import type { StateChange, StateStore } from '../storage';
import type { AlertingConfig } from './alerting.config';
import { announce, audienceOf } from './announce';
import type { Announcement, Audience } from './announce';
import type { HttpTransport } from './channels/http';
import type { ResolvedAlerting } from './config/resolve';
import { Dispatcher } from './dispatch/dispatcher';
import { explainAlert } from './explain/why';
import type { AlertExplanation } from './explain/why';
import { Flusher } from './flusher';
import { Heartbeats } from './heartbeats';
import type { HeartbeatStatus } from './heartbeats';
import { NotificationHistory } from './history';
import { AlertStore } from './intake/alert-store';
import { Intake } from './intake/intake';
import type { PostedAlert, StoredAlert } from './intake/stored-alert';
import { AlertingMetrics } from './metrics';
import { Inhibitor } from './mute/inhibitor';
import { Silences } from './mute/silences';
import { AcknowledgementLog } from './notify/acknowledgement-log';
import { Acknowledgements } from './notify/acknowledgements';
import type { Acknowledgement } from './notify/acknowledgements';
import type { DeliverInstead } from './notify/channel-set';
import type { Delivery } from './notify/delivery';
import type { EvidenceSource } from './notify/evidence';
import type { Notification } from './notify/notification';
import { NotificationLog } from './notify/notification-log';
import { Suppressions } from './notify/suppression';
import { AlertQueries } from './queries';
import type { ChannelEnvironment } from './channels/channel';
import { prepareConfiguration } from './configuration';
import type { Configuration, ConfigurationSource } from './configuration';
import { testNotification } from './test-notification';

/** How long deliveries that are under way may take at the end. */
const STOP_GRACE = 5_000;

/** What alerting is built with. */
export interface AlertingOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly random: Random;
  readonly config: AlertingConfig;
  /** The address at which people reach the stack; stands in every message. */
  readonly externalUrl: string;
  /** What relative file names of the configuration start from. */
  readonly directory: string;
  /** An Alertmanager configuration file, which takes the place of the section's own routes and receivers. */
  readonly alertmanagerFile?: { readonly path: string; readonly text: string };
  /** Environment variables, for keys of AWS and proxies that are found there. */
  readonly environment?: ChannelEnvironment | undefined;
  /** Says what keeps the stack from watching, if anything does: the sign of life is withheld then. */
  readonly ailing?: () => string | undefined;
  /** Shows the course of an alert's expression in messages. */
  readonly evidence?: EvidenceSource;
  /** Our own version, shown by the API. */
  readonly version?: string;
  /** Takes the place of all channels: for playing a configuration. */
  readonly deliver?: DeliverInstead;
  /** Stands in for the network in tests. */
  readonly transport?: HttpTransport;
}

/** What is running. */
export interface AlertingStatus {
  readonly startedAt: EpochMillis;
  /** In Alertmanager's notation, without credentials. */
  readonly configuration: string;
  readonly version: string;
  /** `host:port` at which people reach it. */
  readonly address: string;
}

/** A receiver's channels as they stand. */
export interface ReceiverStatus {
  readonly name: string;
  readonly channels: readonly {
    readonly key: string;
    readonly channel: string;
    readonly sendResolved: boolean;
    readonly queued: number;
    readonly lastError?: string | undefined;
  }[];
}

/** What becomes of an alert: it is grouped, muted or told, and all of it survives a crash. Implements the rules' `AlertSink`. */
export class Alerting {
  readonly silences: Silences;
  readonly acknowledgements: Acknowledgements;
  readonly acknowledged: AcknowledgementLog;
  readonly history: NotificationHistory;
  readonly queries: AlertQueries;
  readonly heartbeats: Heartbeats;
  private readonly store: AlertStore;
  private readonly log: NotificationLog;
  private readonly metrics: AlertingMetrics;
  private readonly dispatcher: Dispatcher;
  private readonly intake: Intake;
  private readonly flusher: Flusher;
  private configuration: Configuration;
  private maintenance: Timer | undefined;
  private reloading: Promise<unknown> = Promise.resolve();
  private startedAt: EpochMillis = 0;

  /** @throws InvalidAlertingConfigError */
  constructor(private readonly options: AlertingOptions) {
    const { state, clock, logger, config } = options;
    this.metrics = new AlertingMetrics(options.telemetry);
    this.acknowledgements = new Acknowledgements(state);
    this.acknowledged = new AcknowledgementLog(state);
    this.history = new NotificationHistory(state, logger);
    this.log = new NotificationLog(state);
    this.configuration = prepareConfiguration(
      { config, ...(options.alertmanagerFile === undefined ? {} : { alertmanagerFile: options.alertmanagerFile }) },
      options,
    );
    const retention = (): AlertingConfig['retention'] => this.configuration.config.retention;
    this.silences = new Silences(state, clock, () => ({
      retention: retention().data,
      capacity: retention().maxSilences,
    }));
    this.store = new AlertStore(state, () => retention().maxAlerts);
    const suppressions = this.suppressionsFor(this.configuration.resolved);
    this.flusher = new Flusher(
      {
        ...options,
        log: this.log,
        history: this.history,
        metrics: this.metrics,
        store: this.store,
        acknowledgements: this.acknowledgements,
      },
      this.configuration,
      suppressions,
    );
    this.dispatcher = new Dispatcher(this.configuration.resolved.root, state, clock, () => retention().maxGroups, {
      flush: (group, at) => this.flusher.flush(group, at, 'regular'),
      extraFlush: (group, at) => this.flusher.flush(group, at, 'extra'),
      refused: () => this.metrics.groupLimit.add(),
    });
    this.flusher.bind(this.dispatcher);
    this.intake = new Intake(this.store, this.dispatcher, state, clock, this.metrics, (alert) =>
      this.flusher.suppressions.inhibitor.update(alert),
    );
    this.intake.resolveTimeout = this.configuration.resolved.resolveTimeout;
    this.queries = new AlertQueries(
      this.store,
      this.dispatcher,
      clock,
      () => this.flusher.suppressions,
      () => this.configuration.resolved,
      this.acknowledgements,
    );
    this.heartbeats = new Heartbeats(
      options,
      () => this.configuration.config,
      (alerts) => this.intake.post(alerts),
      () => this.flusher.failingReceivers(this.configuration.config.receiverFailingAfter),
    );
    this.observe();
  }

  /** Takes up the state of the last run and begins. */
  async start(): Promise<void> {
    const at = this.options.clock.now();
    this.startedAt = at;
    await Promise.all([
      this.silences.load(),
      this.acknowledgements.load(),
      this.log.load(),
      this.store.load(at, this.configuration.resolved.resolveTimeout),
      this.dispatcher.load(),
      this.flusher.outbox.load(),
    ]);
    const changes = [...this.store.all()].flatMap((alert) => {
      this.flusher.suppressions.inhibitor.update(alert);
      return this.dispatcher.insert(alert, at);
    });
    changes.push(...this.dispatcher.start());
    if (changes.length > 0) await this.options.state.commit(changes);
    await this.flusher.outbox.start();
    this.scheduleMaintenance();
    await this.heartbeats.start();
  }

  /** Ends; what is on its way stays on disk. */
  async stop(): Promise<void> {
    this.maintenance?.cancel();
    this.heartbeats.stop();
    this.dispatcher.stop();
    await this.flusher.outbox.stop(STOP_GRACE);
    await this.history.settle();
    await this.configuration.close();
  }

  /** Takes alerts from the rules; durable when it resolves. */
  async accept(alerts: readonly Alert[]): Promise<void> {
    await this.intake.post(alerts);
  }

  /** Takes alerts from anyone: the valid ones are stored, the faults of the others returned. */
  post(alerts: readonly PostedAlert[]): Promise<{ faults: string[] }> {
    return this.intake.post(alerts);
  }

  /**
   * Goes over to another configuration; a faulty one changes nothing. Groups that still exist keep their timers.
   * @throws InvalidAlertingConfigError
   */
  reload(source: ConfigurationSource): Promise<void> {
    const next = this.reloading.then(() => this.applyReload(source));
    this.reloading = next.catch(() => undefined);
    return next;
  }

  /** The configuration in force, in Alertmanager's notation and without credentials. */
  get status(): AlertingStatus {
    return {
      startedAt: this.startedAt,
      configuration: this.configuration.text,
      version: this.options.version ?? 'unknown',
      address: new URL(this.options.externalUrl).host,
    };
  }

  /** Every channel with its queue and its health. */
  receiverStatus(): ReceiverStatus[] {
    return [...this.configuration.resolved.receivers.values()].map(({ name, integrations }) => ({
      name,
      channels: integrations.map(({ key, channel, prepared }) => ({
        key,
        channel,
        sendResolved: prepared.sendResolved,
        ...(this.flusher.outbox.statusOf(key) ?? { queued: 0, underway: 0, circuit: 'closed' as const, failures: 0 }),
      })),
    }));
  }

  /** The checked configuration in force. */
  get resolved(): ResolvedAlerting {
    return this.configuration.resolved;
  }

  /** Why an alert is told or not, stage by stage, for each receiver it goes to. @throws NotFoundError */
  async why(fingerprint: string): Promise<AlertExplanation> {
    const alert = this.store.get(fingerprint);
    if (alert === undefined) throw new NotFoundError(`no alert with fingerprint ${fingerprint}`);
    return explainAlert(alert, {
      at: this.options.clock.now(),
      groups: this.dispatcher.groupsOf(fingerprint),
      flusher: this.flusher,
      silences: this.silences,
      acknowledgements: this.acknowledgements,
      history: await this.history.about(fingerprint, alert.startsAt - 60_000, this.options.clock.now(), 50),
    });
  }

  /** Says "I have it" for an alert. @throws NotFoundError */
  async acknowledge(fingerprint: string, by: string, comment: string, until?: EpochMillis): Promise<Acknowledgement> {
    const alert = this.requireAlert(fingerprint);
    const at = this.options.clock.now();
    const acknowledgement = { fingerprint, by, comment, at, ...(until === undefined ? {} : { until }) };
    await this.acknowledgements.put(acknowledgement);
    await this.acknowledged.add(at, alert, false);
    this.history.add(at, {
      event: 'acknowledged',
      fingerprints: [fingerprint],
      message: `${by}${comment === '' ? '' : `: ${comment}`}`,
    });
    return acknowledgement;
  }

  /** Takes an acknowledgement back. @throws NotFoundError */
  async unacknowledge(fingerprint: string): Promise<void> {
    if (!(await this.acknowledgements.remove(fingerprint)))
      throw new NotFoundError(`alert ${fingerprint} is not acknowledged`);
    const at = this.options.clock.now();
    const alert = this.store.get(fingerprint);
    if (alert !== undefined) await this.acknowledged.add(at, alert, true);
    this.history.add(at, { event: 'unacknowledged', fingerprints: [fingerprint] });
  }

  /** Who names of receivers stand for, as a document's readers. */
  audienceOf(to: readonly string[]): Audience {
    return audienceOf(to, this.configuration.resolved.receivers);
  }

  /**
   * Sends a document, past routes, silences and mute times. When it resolves, messages and `more` are on disk together;
   * delivery goes on by itself. Gives the keys of the channels.
   */
  announce(announcement: Announcement, more: readonly StateChange[] = []): Promise<string[]> {
    const { resolved, config } = this.configuration;
    return announce(
      announcement,
      { outbox: this.flusher.outbox, receivers: resolved.receivers, retention: config.retention.data },
      more,
    );
  }

  /** The channels that a document with this key is still on its way to. */
  announcing(key: string): { readonly integration: string; readonly error?: string }[] {
    return [...this.configuration.resolved.receivers.values()].flatMap(({ integrations }) =>
      integrations.flatMap(({ key: integration }) => {
        if (this.flusher.outbox.pendingOf(integration, `document:${key}`).items.length === 0) return [];
        const error = this.flusher.outbox.statusOf(integration)?.lastError;
        return [{ integration, ...(error === undefined ? {} : { error }) }];
      }),
    );
  }

  /** Sends a test message to every channel of a receiver, at once and past all stages. @throws NotFoundError */
  async testReceiver(
    name: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<{ integration: string; delivery: Delivery }[]> {
    const receiver = this.configuration.resolved.receivers.get(name);
    if (receiver === undefined) throw new NotFoundError(`no receiver named "${name}"`);
    const notification = testNotification(name, labels, this.options.clock.now(), this.options.externalUrl);
    return Promise.all(
      receiver.integrations.map(async ({ key }) => ({
        integration: key,
        delivery: await this.configuration.channels.send(key, notification),
      })),
    );
  }

  /** Renders a template as a notification about the given alerts, or a made-up one, would. @throws BadInputError */
  previewTemplate(text: string, notification?: Notification): string {
    const sample = notification ?? testNotification('preview', {}, this.options.clock.now(), this.options.externalUrl);
    try {
      return this.configuration.templates.text(text, sample);
    } catch (error) {
      throw new BadInputError(messageOf(error), { cause: error });
    }
  }

  /** The signs of life that are expected, as they stand. */
  heartbeatStatus(): HeartbeatStatus[] {
    return this.heartbeats.status();
  }

  /** Waits until nothing is being decided: for tests and benchmarks. */
  async idle(): Promise<void> {
    await Promise.all([...this.dispatcher.all()].map((group) => group.busy));
  }

  private requireAlert(fingerprint: string): StoredAlert {
    const alert = this.store.get(fingerprint);
    if (alert === undefined) throw new NotFoundError(`no alert with fingerprint ${fingerprint}`);
    return alert;
  }

  private suppressionsFor(resolved: ResolvedAlerting): Suppressions {
    return new Suppressions(new Inhibitor(resolved.inhibitRules), this.silences, resolved.timeIntervals);
  }

  private async applyReload(source: ConfigurationSource): Promise<void> {
    const { clock, state, logger } = this.options;
    const success = this.metrics.gauge(
      'alertmanager_config_last_reload_successful',
      'Whether the last configuration reload succeeded.',
    );
    let next: Configuration;
    try {
      next = prepareConfiguration(source, this.options);
    } catch (error) {
      success.set(0);
      throw error;
    }
    const previous = this.configuration;
    const at = clock.now();
    const suppressions = this.suppressionsFor(next.resolved);
    for (const alert of this.store.all()) suppressions.inhibitor.update(alert);
    this.configuration = next;
    this.intake.resolveTimeout = next.resolved.resolveTimeout;
    this.flusher.adopt(next, suppressions);
    const { changes, orphans } = this.dispatcher.reload(next.resolved.root, this.store.all(), at);
    await state.commit(changes);
    await this.flusher.outbox.reload();
    this.heartbeats.reload();
    await this.flusher.settleOrphans(orphans, at);
    success.set(1);
    this.metrics
      .gauge('alertmanager_config_last_reload_success_timestamp_seconds', 'When the configuration was last loaded.')
      .set(at / 1000);
    logger.info('alerting configuration loaded', { receivers: next.resolved.receivers.size });
    // Attempts that are under way end with the channel they began with.
    clock.schedule(60_000, () => void previous.close());
  }

  private scheduleMaintenance(): void {
    this.maintenance = this.options.clock.schedule(30_000, () => {
      void this.maintain()
        .catch((error: unknown) => this.options.logger.warn('alerting maintenance failed', { error: messageOf(error) }))
        .then(() => this.scheduleMaintenance());
    });
  }

  private async maintain(): Promise<void> {
    const at = this.options.clock.now();
    const changes = this.dispatcher.sweep((group) => !this.flusher.outbox.hasPending(group.key));
    changes.push(
      ...this.log.expire(at),
      ...this.flusher.forgetResolved(at, this.configuration.config.retention.resolvedAlerts),
    );
    if (changes.length > 0) await this.options.state.commit(changes);
    await this.silences.collect(at);
  }

  private observe(): void {
    const { metrics, dispatcher } = this;
    for (const state of ['pending', 'active', 'expired'] as const) {
      metrics.observe('alertmanager_silences', 'Silences by state.', () => this.silences.count(state), { state });
    }
    for (const state of ['active', 'suppressed', 'unprocessed'] as const) {
      metrics.observe('alertmanager_alerts', 'Alerts by state.', () => this.queries.count(state), { state });
    }
    metrics.observe('alertmanager_dispatcher_aggregation_groups', 'Aggregation groups.', () => dispatcher.size);
    metrics.observe('alertmanager_nflog_entries', 'Entries of the notification log.', () => this.log.size);
    metrics.observe(
      'alertmanager_receivers',
      'Configured receivers.',
      () => this.configuration.resolved.receivers.size,
    );
    metrics.observe(
      'alertmanager_inhibition_rules',
      'Configured inhibition rules.',
      () => this.configuration.resolved.inhibitRules.length,
    );
    metrics.observe('telltale_alerting_outbox_items', 'Notifications on their way.', () => this.flusher.outbox.size);
    metrics.observe('telltale_alerting_outbox_oldest_seconds', 'Age of the oldest notification on its way.', () => {
      const { oldest } = this.flusher.outbox;
      return oldest === undefined ? 0 : (this.options.clock.now() - oldest) / 1000;
    });
    metrics
      .gauge('alertmanager_config_last_reload_successful', 'Whether the last configuration reload succeeded.')
      .set(1);
    metrics
      .gauge('alertmanager_config_last_reload_success_timestamp_seconds', 'When the configuration was last loaded.')
      .set(this.options.clock.now() / 1000);
  }
}
