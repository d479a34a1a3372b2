import type { Clock, EpochMillis, Millis, Timer } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Random } from '../../base/ids';
import type { Logger } from '../../base/logger';
import type { StateChange, StateStore } from '../../storage';
import type { ChannelPace } from '../channels/channel';
import type { Delivery } from './delivery';
import { Destination } from './destination';
import type { DestinationStatus } from './destination';
import type { LogEntry } from './dedup';
import type { NotificationLog } from './notification-log';
import { outboxFromRow, outboxRow, supersedes } from './outbox-item';
import type { OutboxItem } from './outbox-item';

const SPACE = 'alerting.outbox';

/** Where the outbox sends, and what it reports. */
export interface OutboxHooks {
  /** One attempt at one item. Never rejects. */
  attempt(item: OutboxItem): Promise<Delivery>;
  /** How fast the integration takes; undefined where it no longer exists. */
  paceOf(integration: string): ChannelPace | undefined;
  /** The item is off the disk: delivered, refused or dropped. */
  settled(item: OutboxItem, outcome: Outcome): void;
  postponed(
    item: OutboxItem,
    delivery: Extract<Delivery, { kind: 'retry' }>,
    attempts: number,
    next: EpochMillis,
  ): void;
}

/** How an item ended. */
export interface Outcome {
  readonly kind: 'delivered' | 'refused' | 'superseded' | 'dropped';
  readonly attempts: number;
  readonly message?: string;
  readonly reason?: string;
}

/** Times of repetitions. */
export interface OutboxOptions {
  readonly initialBackoff: Millis;
  readonly maxBackoff: Millis;
  readonly openAfter: number;
}

/**
 * Notifications on their way: on disk before the first attempt, off the disk in the same transaction that writes the
 * notification log.
 */
export class Outbox {
  private readonly destinations = new Map<string, Destination>();
  /** By log key, what will have been said once all that waits is delivered. */
  private readonly expected = new Map<string, { readonly id: string; readonly entry: LogEntry }[]>();
  private readonly count = new Map<string, number>();
  private stopped = false;

  constructor(
    private readonly state: StateStore,
    private readonly log: NotificationLog,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
    private readonly options: () => OutboxOptions,
    private readonly hooks: OutboxHooks,
  ) {}

  /** Takes up what was on its way when the process ended. */
  async load(): Promise<void> {
    const items: OutboxItem[] = [];
    for (const { value } of await this.state.load(SPACE)) {
      const item = outboxFromRow(value);
      if (item !== undefined) items.push(item);
    }
    items.sort((a, b) => a.createdAt - b.createdAt || a.order - b.order);
    for (const item of items) this.expect(item);
    this.loaded = items;
  }

  private loaded: OutboxItem[] = [];

  /** Begins to send what was loaded. */
  async start(): Promise<void> {
    const items = this.loaded;
    this.loaded = [];
    for (const item of items) {
      if (this.hooks.paceOf(item.integration) === undefined)
        await this.finish(item, { kind: 'dropped', attempts: 0, message: 'its receiver is gone' });
      else this.destination(item.integration).push(item);
    }
  }

  /** Begins nothing more; what is under way may end within `grace`, the rest stays on disk. */
  async stop(grace: Millis): Promise<void> {
    const ended = Promise.all([...this.destinations.values()].map((destination) => destination.stop()));
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => (timer = this.clock.schedule(grace, resolve)));
    await Promise.race([ended, late]);
    timer?.cancel();
    this.stopped = true;
  }

  /** What will have been said last to the channel about the group, everything that waits included. */
  expectedEntry(key: string): LogEntry | undefined {
    const pending = this.expected.get(key);
    return pending?.[pending.length - 1]?.entry ?? this.log.get(key);
  }

  /** Whether something about the group is on its way, to any channel. */
  hasPending(groupKey: string): boolean {
    return (this.count.get(groupKey) ?? 0) > 0;
  }

  get size(): number {
    let size = 0;
    for (const count of this.count.values()) size += count;
    return size;
  }

  /** When the oldest item was made; undefined where nothing waits. */
  get oldest(): EpochMillis | undefined {
    let oldest: EpochMillis | undefined;
    for (const destination of this.destinations.values()) {
      const { oldest: mine } = destination.status;
      if (mine !== undefined && (oldest === undefined || mine < oldest)) oldest = mine;
    }
    return oldest;
  }

  statusOf(integration: string): DestinationStatus | undefined {
    return this.destinations.get(integration)?.status;
  }

  pendingOf(integration: string, groupKey: string): { items: OutboxItem[]; next: EpochMillis | undefined } {
    const destination = this.destinations.get(integration);
    return { items: destination?.pendingOf(groupKey) ?? [], next: destination?.nextAttempt(groupKey) };
  }

  /** Puts items on disk together with `more`, then lets them go. */
  async post(items: readonly OutboxItem[], more: readonly StateChange[] = []): Promise<void> {
    const changes: StateChange[] = items.map((item) => ({
      op: 'put',
      space: SPACE,
      key: item.id,
      value: outboxRow(item),
    }));
    for (const item of items) this.expect(item);
    try {
      await this.state.commit([...more, ...changes]);
    } catch (error) {
      for (const item of items) this.unexpect(item);
      throw error;
    }
    for (const item of items) {
      const replaced = this.destination(item.integration).push(item, (older) => supersedes(item, older));
      for (const older of replaced) await this.finish(older, { kind: 'superseded', attempts: 0 });
    }
  }

  /** Items of channels that no longer exist are let go; others keep waiting under their (new) channel. */
  async reload(): Promise<void> {
    for (const [key, destination] of [...this.destinations]) {
      if (this.hooks.paceOf(key) !== undefined) continue;
      this.destinations.delete(key);
      for (const item of destination.drain())
        await this.finish(item, { kind: 'dropped', attempts: 0, message: 'its receiver is gone' });
    }
  }

  private destination(integration: string): Destination {
    let destination = this.destinations.get(integration);
    if (destination === undefined) {
      destination = new Destination(
        this.clock,
        this.random,
        () => ({ ...this.options(), pace: this.hooks.paceOf(integration) ?? {} }),
        {
          attempt: (item) => this.hooks.attempt(item),
          settled: (item, delivery, attempts) => this.settle(item, delivery, attempts),
          postponed: (item, delivery, attempts, next) => this.hooks.postponed(item, delivery, attempts, next),
        },
      );
      this.destinations.set(integration, destination);
    }
    return destination;
  }

  private async settle(
    item: OutboxItem,
    delivery: Exclude<Delivery, { kind: 'retry' }>,
    attempts: number,
  ): Promise<void> {
    if (this.stopped) return;
    if (delivery.kind === 'refused') {
      await this.finish(item, { kind: 'refused', attempts, message: delivery.message, reason: delivery.reason });
      return;
    }
    // The repeat interval counts from the arrival.
    const { reference } = delivery;
    const entry = { ...item.entry, timestamp: this.clock.now(), ...(reference === undefined ? {} : { reference }) };
    await this.finish(item, { kind: 'delivered', attempts }, [this.log.put(entry)]);
  }

  private async finish(item: OutboxItem, outcome: Outcome, changes: readonly StateChange[] = []): Promise<void> {
    this.unexpect(item);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.state.commit([...changes, { op: 'delete', space: SPACE, key: item.id }]);
        break;
      } catch (error) {
        // Until the outcome is on disk a restart would send it again; the disk may come back.
        this.logger.error('cannot record a delivery', { id: item.id, error: messageOf(error) });
        if (attempt >= 5 || this.stopped) break;
        await this.clock.sleep(1000 * attempt);
      }
    }
    this.hooks.settled(item, outcome);
  }

  private expect(item: OutboxItem): void {
    const pending = this.expected.get(item.entry.key) ?? [];
    pending.push({ id: item.id, entry: item.entry });
    this.expected.set(item.entry.key, pending);
    this.count.set(item.groupKey, (this.count.get(item.groupKey) ?? 0) + 1);
  }

  private unexpect(item: OutboxItem): void {
    const pending = (this.expected.get(item.entry.key) ?? []).filter(({ id }) => id !== item.id);
    if (pending.length === 0) this.expected.delete(item.entry.key);
    else this.expected.set(item.entry.key, pending);
    const left = (this.count.get(item.groupKey) ?? 1) - 1;
    if (left <= 0) this.count.delete(item.groupKey);
    else this.count.set(item.groupKey, left);
  }
}
