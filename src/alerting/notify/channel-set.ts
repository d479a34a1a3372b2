import type { Clock, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import { channels } from '../channels';
import type { Channel, ChannelPace, ChannelSurroundings } from '../channels/channel';
import type { Integration, Receiver } from '../config/resolve';
import { refused, retry } from './delivery';
import type { Delivery } from './delivery';
import type { Notification } from './notification';

/** Takes the place of channels. */
export type DeliverInstead = (integration: string, notification: Notification) => Promise<Delivery>;

/** The channels of a configuration, each built when it is first used. */
export class ChannelSet {
  private readonly integrations = new Map<string, Integration>();
  private readonly built = new Map<string, Channel>();

  constructor(
    receivers: ReadonlyMap<string, Receiver>,
    private readonly surroundings: ChannelSurroundings,
    private readonly clock: Clock,
    private readonly timeout: Millis,
    private readonly paces: Readonly<Record<string, ChannelPace>> = {},
    private readonly instead?: DeliverInstead,
  ) {
    for (const { integrations } of receivers.values()) {
      for (const integration of integrations) this.integrations.set(integration.key, integration);
    }
  }

  has(key: string): boolean {
    return this.integrations.has(key);
  }

  get(key: string): Integration | undefined {
    return this.integrations.get(key);
  }

  paceOf(key: string): ChannelPace | undefined {
    const integration = this.integrations.get(key);
    if (integration === undefined) return undefined;
    return { ...channels.get(integration.channel).pace, ...this.paces[integration.channel] };
  }

  /** Whether the messages of a channel show the course of the value. */
  showsChart(key: string): boolean {
    const integration = this.integrations.get(key);
    return integration !== undefined && channels.get(integration.channel).showsChart;
  }

  /** One attempt, within the time an attempt may take. Never rejects. */
  async send(key: string, notification: Notification): Promise<Delivery> {
    const integration = this.integrations.get(key);
    if (integration === undefined) return refused(`no channel ${key}`, 'other');
    if (this.instead !== undefined) return this.instead(key, notification);
    const controller = new AbortController();
    const own = integration.prepared.timeout;
    const limit = own > 0 ? Math.min(own, this.timeout) : this.timeout;
    const timer = this.clock.schedule(limit, () => controller.abort(new Error(`no answer within ${limit / 1000} s`)));
    try {
      let channel = this.built.get(key);
      if (channel === undefined) this.built.set(key, (channel = integration.prepared.create(this.surroundings)));
      return await channel.send(notification, controller.signal);
    } catch (error) {
      // A template that fails fails again; a credential's file may come back.
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
      return code === 'UNREADABLE_SECRET' ? retry(messageOf(error)) : refused(messageOf(error), 'other');
    } finally {
      timer.cancel();
    }
  }

  async close(): Promise<void> {
    const all = [...this.built.values()];
    this.built.clear();
    await Promise.all(all.map((channel) => channel.close?.().catch(() => undefined)));
  }
}
