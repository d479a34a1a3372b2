import type { Redis } from 'ioredis';
import type { Millis } from '../../../../base/clock';
import type { CacheTier, Invalidation, InvalidationBus } from './tier';

const SCAN_COUNT = 500;

/** Entries in Redis, under a prefix; tags are sets of keys. The client is the caller's, and closed with the tier. */
export class RedisTier implements CacheTier {
  readonly name = 'redis';

  constructor(
    private readonly redis: Redis,
    private readonly prefix = 'telltale:cache:',
  ) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.redis.getBuffer(this.prefix + key)) ?? undefined;
  }

  async set(key: string, bytes: Uint8Array, ttl: Millis, tags: readonly string[]): Promise<void> {
    const lifetime = Math.max(1, Math.ceil(ttl));
    const transaction = this.redis.multi().set(this.prefix + key, Buffer.from(bytes), 'PX', lifetime);
    for (const tag of tags) {
      // A tag lives as long as its longest-lived key; a key that expired before is harmless in it.
      transaction
        .sadd(this.tagKey(tag), key)
        .pexpire(this.tagKey(tag), lifetime, 'NX')
        .pexpire(this.tagKey(tag), lifetime, 'GT');
    }
    await transaction.exec();
  }

  async delete(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.redis.unlink(...keys.map((key) => this.prefix + key));
  }

  async deleteTag(tag: string): Promise<void> {
    const keys = await this.redis.smembers(this.tagKey(tag));
    for (let at = 0; at < keys.length; at += SCAN_COUNT) await this.delete(keys.slice(at, at + SCAN_COUNT));
    await this.redis.unlink(this.tagKey(tag));
  }

  async deletePattern(pattern: string): Promise<void> {
    let cursor = '0';
    const match = this.prefix + pattern.replace(/[[\]\\^-]/g, '\\$&');
    do {
      const [next, found] = await this.redis.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT);
      if (found.length > 0) await this.redis.unlink(...found);
      cursor = next;
    } while (cursor !== '0');
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    return Promise.resolve();
  }

  private tagKey(tag: string): string {
    return `${this.prefix}#tag:${tag}`;
  }
}

/** Invalidations by Redis pub/sub. Subscribing takes a connection of its own, made by `duplicate()`. */
export class RedisInvalidationBus implements InvalidationBus {
  private subscriber: Redis | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly channel = 'telltale:cache:invalidate',
  ) {}

  async publish(invalidation: Invalidation): Promise<void> {
    await this.redis.publish(this.channel, JSON.stringify(invalidation));
  }

  async subscribe(listener: (invalidation: Invalidation) => void): Promise<void> {
    // Subscribing waits for the connection, whatever the caller's client does with commands that come too early.
    this.subscriber ??= this.redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
    this.subscriber.on('error', () => undefined);
    this.subscriber.on('message', (_channel: string, text: string) => {
      const told: unknown = parse(text);
      if (isInvalidation(told)) listener(told);
    });
    await this.subscriber.subscribe(this.channel);
  }

  close(): Promise<void> {
    this.subscriber?.disconnect();
    return Promise.resolve();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isInvalidation(value: unknown): value is Invalidation {
  return (
    typeof value === 'object' &&
    value !== null &&
    'origin' in value &&
    typeof value.origin === 'string' &&
    'target' in value &&
    typeof value.target === 'string' &&
    'kind' in value &&
    (value.kind === 'key' || value.kind === 'tag' || value.kind === 'pattern')
  );
}
