import type { Clock, EpochMillis, Timer } from '../base/clock';
import { messageOf, NotFoundError } from '../base/errors';
import type { Logger } from '../base/logger';
import { Labels } from '../domain/labels';
import type { StateStore } from '../storage';
import type { AlertingConfig } from './alerting.config';
import type { ChannelEnvironment } from './channels/channel';
import { Credentials } from './channels/credentials';
import type { HttpTransport } from './channels/http';
import { UndiciTransport } from './channels/undici-transport';
import type { PostedAlert } from './intake/stored-alert';
import { RECEIVER_FAILING } from './notify/pipeline';

const SPACE = 'alerting.heartbeats';
const CHECK_EVERY = 5_000;
/** Our own alerts are vouched for so long; renewed at every check. */
const VOUCH = 120_000;

/** An expected sign of life, as it stands. */
export interface HeartbeatStatus {
  readonly name: string;
  readonly interval: number;
  readonly lastSeen: EpochMillis | undefined;
  readonly missed: boolean;
}

/** What signs of life are built with. */
export interface HeartbeatOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly externalUrl: string;
  readonly directory: string;
  readonly transport?: HttpTransport;
  readonly environment?: ChannelEnvironment | undefined;
  readonly ailing?: () => string | undefined;
}

interface FailingReceiver {
  readonly receiver: string;
  readonly integration: string;
  readonly since: EpochMillis;
  readonly error: string;
}

/** Signs of life in both directions, and the alerts about ourselves that go the way of all others. */
export class Heartbeats {
  private readonly lastSeen = new Map<string, EpochMillis>();
  private readonly firing = new Map<string, PostedAlert>();
  private startedAt: EpochMillis = 0;
  private checkTimer: Timer | undefined;
  private lifeTimer: Timer | undefined;
  private own: UndiciTransport;

  constructor(
    private readonly options: HeartbeatOptions,
    private readonly config: () => AlertingConfig,
    private readonly post: (alerts: readonly PostedAlert[]) => Promise<unknown>,
    private readonly failing: () => readonly FailingReceiver[],
  ) {
    this.own = this.buildTransport();
  }

  async start(): Promise<void> {
    const { state, clock } = this.options;
    this.startedAt = clock.now();
    for (const { key, value } of await state.load(SPACE)) if (typeof value === 'number') this.lastSeen.set(key, value);
    this.scheduleCheck();
    this.giveSign();
  }

  /** Another configuration is in force: its sign of life is given at once, and in its own rhythm. */
  reload(): void {
    this.lifeTimer?.cancel();
    const own = this.own;
    this.own = this.buildTransport();
    void own.close();
    this.giveSign();
  }

  stop(): void {
    this.checkTimer?.cancel();
    this.lifeTimer?.cancel();
    void this.own.close();
  }

  /** A sign of life came in. @throws NotFoundError where none of that name is expected. */
  async beat(name: string): Promise<void> {
    if (!this.config().heartbeats.some((heartbeat) => heartbeat.name === name)) {
      throw new NotFoundError(`no heartbeat named "${name}" is configured`);
    }
    const at = this.options.clock.now();
    this.lastSeen.set(name, at);
    await this.options.state.commit([{ op: 'put', space: SPACE, key: name, value: at }]);
    await this.check();
  }

  status(): HeartbeatStatus[] {
    const at = this.options.clock.now();
    return this.config().heartbeats.map((heartbeat) => ({
      name: heartbeat.name,
      interval: heartbeat.interval,
      lastSeen: this.lastSeen.get(heartbeat.name),
      missed: this.isMissed(heartbeat, at),
    }));
  }

  private isMissed({ name, interval, grace }: AlertingConfig['heartbeats'][number], at: EpochMillis): boolean {
    return at - (this.lastSeen.get(name) ?? this.startedAt) > interval + grace;
  }

  private scheduleCheck(): void {
    this.checkTimer = this.options.clock.schedule(CHECK_EVERY, () => {
      void this.check()
        .catch((error: unknown) =>
          this.options.logger.warn('cannot raise an alert about ourselves', { error: messageOf(error) }),
        )
        .then(() => this.scheduleCheck());
    });
  }

  /** Raises, renews and resolves the alerts about ourselves. */
  private async check(): Promise<void> {
    const at = this.options.clock.now();
    const wanted = new Map<string, PostedAlert>();
    for (const heartbeat of this.config().heartbeats) {
      if (!this.isMissed(heartbeat, at)) continue;
      const seen = this.lastSeen.get(heartbeat.name);
      this.want(
        wanted,
        at,
        { ...heartbeat.labels, alertname: 'HeartbeatMissed', heartbeat: heartbeat.name },
        {
          summary: `No sign of life from ${heartbeat.name}`,
          description:
            seen === undefined
              ? 'None has come since the start.'
              : `The last one came at ${new Date(seen).toISOString()}.`,
        },
      );
    }
    for (const { receiver, integration, since, error } of this.failing()) {
      this.want(
        wanted,
        at,
        { alertname: RECEIVER_FAILING, severity: 'critical', receiver, integration },
        {
          summary: `Notifications to ${receiver} by ${integration} have been failing since ${new Date(since).toISOString().slice(11, 16)} UTC`,
          description: error,
        },
      );
    }
    const over = [...this.firing].filter(([key]) => !wanted.has(key)).map(([, alert]) => ({ ...alert, endsAt: at }));
    for (const [key] of [...this.firing]) if (!wanted.has(key)) this.firing.delete(key);
    const renewed = [...wanted].filter(([key]) => {
      const known = this.firing.get(key);
      return known === undefined || (known.endsAt ?? 0) - at < VOUCH / 2;
    });
    for (const [key, alert] of renewed) this.firing.set(key, alert);
    const alerts = [...over, ...renewed.map(([, alert]) => alert)];
    if (alerts.length > 0) await this.post(alerts);
  }

  private want(
    wanted: Map<string, PostedAlert>,
    at: EpochMillis,
    labels: Readonly<Record<string, string>>,
    annotations: Readonly<Record<string, string>>,
  ): void {
    const set = Labels.of(labels);
    const startsAt = this.firing.get(set.key)?.startsAt ?? at;
    wanted.set(set.key, {
      labels: set,
      annotations,
      startsAt,
      endsAt: at + VOUCH,
      generatorUrl: this.options.externalUrl,
    });
  }

  private buildTransport(): UndiciTransport {
    const { directory, clock, environment } = this.options;
    const { allowedAddresses } = this.config().delivery;
    return new UndiciTransport(new Credentials(directory), allowedAddresses, () => clock.elapsed(), environment);
  }

  /** Withheld while something keeps us from watching or from telling: whoever listens is then to be worried. */
  private giveSign(): void {
    const { deadMansSwitch } = this.config();
    if (deadMansSwitch === undefined) return;
    const { clock, logger, transport } = this.options;
    this.lifeTimer = clock.schedule(deadMansSwitch.interval, () => this.giveSign());
    const ailment = this.options.ailing?.() ?? this.failing()[0]?.error;
    if (ailment !== undefined) {
      logger.warn('the sign of life is withheld', { reason: ailment });
      return;
    }
    const send = transport ?? this.own.send;
    const controller = new AbortController();
    const deadline = clock.schedule(10_000, () => controller.abort(new Error('no answer within 10 s')));
    const body = JSON.stringify({ status: 'alive', at: new Date(clock.now()).toISOString() });
    void send({
      method: 'POST',
      url: deadMansSwitch.url,
      headers: { 'content-type': 'application/json' },
      body,
      signal: controller.signal,
      options: undefined,
    })
      .then(({ status }) => {
        if (status >= 300) logger.warn('the sign of life was not taken', { status });
      })
      .catch((error: unknown) => logger.warn('cannot give a sign of life', { error: messageOf(error) }))
      .finally(() => deadline.cancel());
  }
}
