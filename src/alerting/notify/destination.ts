import type { Clock, EpochMillis, Millis, Timer } from '../../base/clock';
import type { Random } from '../../base/ids';
import type { ChannelPace } from '../channels/channel';
import type { Delivery } from './delivery';
import type { OutboxItem } from './outbox-item';

/** How a destination treats its items. */
export interface DestinationOptions {
  readonly pace: ChannelPace;
  /** The first wait before a repetition; grows by half each time. */
  readonly initialBackoff: Millis;
  readonly maxBackoff: Millis;
  /** The circuit opens after so many failures of the whole destination in a row. */
  readonly openAfter: number;
}

/** What a destination reports. */
export interface DestinationEvents {
  /** One attempt. Must not reject. */
  attempt(item: OutboxItem): Promise<Delivery>;
  /** The item left for good: delivered or refused. Must not reject. */
  settled(item: OutboxItem, delivery: Exclude<Delivery, { kind: 'retry' }>, attempts: number): Promise<void>;
  /** It will be tried again at `next`. */
  postponed(
    item: OutboxItem,
    delivery: Extract<Delivery, { kind: 'retry' }>,
    attempts: number,
    next: EpochMillis,
  ): void;
}

interface Waiting {
  item: OutboxItem;
  attempts: number;
  /** Not before. */
  due: EpochMillis;
  underway: boolean;
  firstFailure: EpochMillis | undefined;
}

/** What is known of a destination, for people. */
export interface DestinationStatus {
  readonly queued: number;
  readonly underway: number;
  readonly circuit: 'closed' | 'open';
  readonly failures: number;
  readonly lastError: string | undefined;
  readonly failingSince: EpochMillis | undefined;
  readonly oldest: EpochMillis | undefined;
}

/**
 * The queue before one channel. Items of a group leave in order, one after the other; of different groups beside each
 * other, as many as the channel takes. While the other side as a whole is out of reach (the circuit is open), only its
 * oldest item is tried, with growing patience; when that arrives, all others follow in order.
 */
export class Destination {
  private readonly waiting: Waiting[] = [];
  private readonly left: EpochMillis[] = [];
  private failuresInRow = 0;
  private blockedUntil: EpochMillis = 0;
  private lastError: string | undefined;
  private failingSince: EpochMillis | undefined;
  private timer: Timer | undefined;
  private stopped = false;
  private readonly attempts = new Set<Promise<void>>();

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly options: () => DestinationOptions,
    private readonly events: DestinationEvents,
  ) {}

  /** Queues an item; one of the same group that it supersedes, and that is not under way, is given back. */
  push(item: OutboxItem, supersedes: (older: OutboxItem) => boolean = () => false): OutboxItem[] {
    const replaced: OutboxItem[] = [];
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const other = this.waiting[i];
      if (other === undefined || other.item.groupKey !== item.groupKey || other.underway) continue;
      if (!supersedes(other.item)) break;
      this.waiting.splice(i, 1);
      replaced.push(other.item);
    }
    this.waiting.push({ item, attempts: 0, due: 0, underway: false, firstFailure: undefined });
    this.run();
    return replaced;
  }

  get status(): DestinationStatus {
    let oldest: EpochMillis | undefined;
    for (const { item } of this.waiting) if (oldest === undefined || item.createdAt < oldest) oldest = item.createdAt;
    return {
      queued: this.waiting.length,
      underway: this.waiting.filter(({ underway }) => underway).length,
      circuit: this.isOpen ? 'open' : 'closed',
      failures: this.failuresInRow,
      lastError: this.lastError,
      failingSince: this.failingSince,
      oldest,
    };
  }

  /** The items of a group that are not settled, oldest first. */
  pendingOf(groupKey: string): OutboxItem[] {
    return this.waiting.filter(({ item }) => item.groupKey === groupKey).map(({ item }) => item);
  }

  /** When the group's next attempt is due. */
  nextAttempt(groupKey: string): EpochMillis | undefined {
    const found = this.waiting.find(({ item }) => item.groupKey === groupKey);
    return found === undefined ? undefined : Math.max(found.due, this.blockedUntil, this.clock.now());
  }

  /** Takes everything out that is not under way, for another destination. */
  drain(): OutboxItem[] {
    void this.stop();
    return this.waiting.filter(({ underway }) => !underway).map(({ item }) => item);
  }

  /** Begins nothing more; resolves when what is under way has its outcome. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await Promise.all(this.attempts);
  }

  private get isOpen(): boolean {
    return this.failuresInRow >= this.options().openAfter;
  }

  private run(): void {
    if (this.stopped) return;
    this.timer?.cancel();
    this.timer = undefined;
    const at = this.clock.now();
    const { concurrency = 16 } = this.options().pace;
    let underway = 0;
    for (const { underway: busy } of this.waiting) if (busy) underway++;
    const limit = this.isOpen ? 1 : concurrency;
    let wake = Infinity;
    const groups = new Set<string>();
    for (const entry of this.waiting) {
      if (underway >= limit) return;
      const { groupKey } = entry.item;
      if (groups.has(groupKey)) continue;
      groups.add(groupKey);
      if (entry.underway) continue;
      const due = Math.max(entry.due, this.blockedUntil, this.allowedAt(at));
      if (due > at) {
        wake = Math.min(wake, due);
        // While the circuit is open the oldest item alone decides.
        if (this.isOpen) break;
        continue;
      }
      underway++;
      this.left.push(at);
      this.attempt(entry);
    }
    if (wake < Infinity) this.timer = this.clock.schedule(wake - at, () => this.run());
  }

  /** When the pace allows the next message. */
  private allowedAt(at: EpochMillis): EpochMillis {
    const { burst, per } = this.options().pace;
    if (burst === undefined || per === undefined) {
      this.left.length = 0;
      return 0;
    }
    while ((this.left[0] ?? Infinity) <= at - per) this.left.shift();
    return this.left.length < burst ? 0 : (this.left[this.left.length - burst] ?? 0) + per;
  }

  private attempt(entry: Waiting): void {
    entry.underway = true;
    entry.attempts++;
    const attempt = this.events.attempt(entry.item).then(async (delivery) => {
      if (delivery.kind === 'retry') this.postpone(entry, delivery);
      else await this.settle(entry, delivery);
      this.attempts.delete(attempt);
      this.run();
    });
    this.attempts.add(attempt);
  }

  private async settle(entry: Waiting, delivery: Exclude<Delivery, { kind: 'retry' }>): Promise<void> {
    if (delivery.kind === 'delivered') this.recovered();
    // Stays in the queue, so that its successor waits, until its outcome is on disk.
    await this.events.settled(entry.item, delivery, entry.attempts);
    const index = this.waiting.indexOf(entry);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  private recovered(): void {
    if (this.failuresInRow > 0) {
      // Whatever waited because of the outage is due now, in its order.
      for (const other of this.waiting) other.due = 0;
    }
    this.failuresInRow = 0;
    this.blockedUntil = 0;
    this.lastError = undefined;
    this.failingSince = undefined;
  }

  private postpone(entry: Waiting, delivery: Extract<Delivery, { kind: 'retry' }>): void {
    const at = this.clock.now();
    entry.underway = false;
    const { initialBackoff, maxBackoff } = this.options();
    const whole = Math.min(maxBackoff, initialBackoff * 1.5 ** (entry.attempts - 1));
    const delay = Math.max(delivery.retryAfter ?? 0, whole * (0.5 + this.random()));
    entry.due = at + delay;
    this.lastError = delivery.message;
    this.failingSince ??= at;
    if (delivery.down === true) {
      this.failuresInRow++;
      if (this.isOpen || delivery.retryAfter !== undefined) this.blockedUntil = Math.max(this.blockedUntil, entry.due);
    }
    this.events.postponed(entry.item, delivery, entry.attempts, entry.due);
  }
}
