import { systemClock } from '../../../base/clock';
import { randomHex, systemRandom } from '../../../base/ids';
import { ClosedError, ToolkitOptionsError } from '../../errors';
import { recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { RequestDeduplicator } from '../request-dedup/request-dedup';
import { cacheInstruments } from './cache-telemetry';
import { packEntry, structuredCodec, unpackEntry } from './codec';
import { MemoryTier } from './memory-tier';
import { Prefetcher } from './prefetcher';
import { GuardedTier } from './tiers/guarded-tier';
import { globMatcher } from './tiers/tier';
import type { Clock, Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Telemetry } from '../../../base/telemetry';
import type { CacheInstruments } from './cache-telemetry';
import type { Codec } from './codec';
import type { CacheEntry, MemoryTierOptions } from './memory-tier';
import type { CacheTier, Invalidation, InvalidationBus } from './tiers/tier';

/** How long an entry lives, and what it belongs to. */
export interface EntryOptions {
  /** Fresh for this long, less jitter; default the cache's. */
  readonly ttl?: Millis;
  /** Served for so much longer while it is loaded anew; default the cache's. */
  readonly staleFor?: Millis;
  /** Names by which it can be invalidated together with others. */
  readonly tags?: readonly string[];
}

/** What a cache is made of. */
export interface TieredCacheOptions<V> {
  /** Names the cache in metrics. */
  readonly name: string;
  /** Default 5 min. */
  readonly ttl?: Millis;
  /** Default 0: stale entries are not served. */
  readonly staleFor?: Millis;
  /** Lifetime of a loaded `undefined` or `null`; default that of other values. */
  readonly negativeTtl?: Millis;
  /** Part of a lifetime that is taken off at random, so that what was stored together does not expire together; default 0.1. */
  readonly jitter?: number;
  readonly memory?: MemoryTierOptions;
  /** Asked in this order after memory: Redis, then an HTTP cache. */
  readonly tiers?: readonly CacheTier[];
  /** Tells other instances what to forget. */
  readonly bus?: InvalidationBus;
  /** Default Node's structured clone. */
  readonly codec?: Codec<V>;
  /** Values larger than this (bytes) are compressed for other tiers; default 4 KB. */
  readonly compressAbove?: number;
  /** A tier that takes longer is passed over; default 250 ms. */
  readonly tierTimeout?: Millis;
  /** Estimates an entry's bytes for `memory.maxBytes`. */
  sizeOf?(value: V): number;
  /** Loads a key ahead of need; turns predictive prefetch on. */
  prefetch?(key: string, signal: AbortSignal): Promise<V>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly telemetry?: Telemetry;
}

/** An entry as a caller finds it. */
export interface CacheLookup<V> {
  readonly value: V;
  readonly isStale: boolean;
  /** `memory`, or the tier's name. */
  readonly tier: string;
  readonly age: Millis;
}

type Loader<V> = (signal: AbortSignal) => Promise<V>;

/** A cache of several tiers. The failure of a tier costs a hit, never a call. */
export class TieredCache<V> implements AsyncDisposable {
  private readonly memory: MemoryTier<V>;
  private readonly tiers: readonly GuardedTier[];
  private readonly loads: RequestDeduplicator<V>;
  private readonly refreshes: RequestDeduplicator<V>;
  private readonly prefetcher: Prefetcher | undefined;
  private readonly codec: Codec<V>;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly instruments: CacheInstruments;
  private readonly origin = randomHex(8);
  private readonly subscribed: Promise<void>;
  /** Invalidations so far: a load that began before one that concerns it is not kept. */
  private readonly recent: {
    readonly at: number;
    readonly concerns: (key: string, tags: readonly string[]) => boolean;
  }[] = [];
  private invalidations = 0;
  private readonly background = new Set<Promise<unknown>>();
  private closed = false;

  /** @throws ToolkitOptionsError */
  constructor(private readonly options: TieredCacheOptions<V>) {
    const { name, jitter = 0.1, clock = systemClock, memory = {}, telemetry = toolkitTelemetry } = options;
    if (!(jitter >= 0 && jitter < 1)) throw new ToolkitOptionsError(`cache "${name}": 0 ≤ jitter < 1 is wanted`);
    this.clock = clock;
    this.random = options.random ?? systemRandom;
    this.codec = options.codec ?? structuredCodec();
    this.memory = new MemoryTier(memory, ({ value }) => options.sizeOf?.(value) ?? 0);
    this.prefetcher = options.prefetch === undefined ? undefined : new Prefetcher();
    this.instruments = cacheInstruments(telemetry, name, {
      entries: () => this.memory.size,
      bytes: () => this.memory.bytes,
      maxEntries: memory.maxEntries ?? 10_000,
      foresight: this.prefetcher,
    });
    const guard = { timeout: options.tierTimeout ?? 250, failures: 5, rest: 5_000 };
    this.tiers = (options.tiers ?? []).map(
      (tier) => new GuardedTier(tier, guard, clock, (event) => this.instruments.tierEvent(tier.name, event)),
    );
    const dedup = { maxKeys: 100_000, clock, telemetry };
    this.loads = new RequestDeduplicator({ ...dedup, name: `${name}-load` });
    this.refreshes = new RequestDeduplicator({ ...dedup, name: `${name}-refresh` });
    this.subscribed =
      options.bus?.subscribe((told) => this.hear(told)).catch(() => this.instruments.tierEvent('bus', 'failed')) ??
      Promise.resolve();
  }

  /** The value, when there is one that is fresh or may be served stale. Use `lookup` where undefined is a value. */
  async get(key: string): Promise<V | undefined> {
    return (await this.lookup(key))?.value;
  }

  /** The value with its age and where it was; undefined when there is none. */
  async lookup(key: string): Promise<CacheLookup<V> | undefined> {
    const found = await this.find(key);
    const result = found === undefined ? 'miss' : found.isStale ? 'stale' : 'hit';
    const tier = found?.tier ?? 'none';
    this.instruments.answered(result, tier);
    recordDecision('cache.lookup', {
      'telltale.cache': this.options.name,
      'telltale.cache.result': result,
      'telltale.cache.tier': tier,
    });
    return found;
  }

  /**
   * The value, or what `load` gives: once for all callers at the same time, each of which can leave by its own signal. A
   * stale value comes at once, and is loaded anew in the background.
   * @throws what `load` throws, or the caller's abort reason
   */
  async getOrLoad(
    key: string,
    load: Loader<V>,
    options: EntryOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<V> {
    options.signal?.throwIfAborted();
    if (this.closed) throw new ClosedError(`cache "${this.options.name}" is closed`);
    const found = await this.lookup(key);
    this.lookAhead(key);
    if (found !== undefined) {
      if (found.isStale)
        this.inBackground(() => this.refreshes.run(key, (signal) => this.load(key, load, options, signal)));
      return found.value;
    }
    return this.loads.run(key, (signal) => this.load(key, load, options, signal), options.signal);
  }

  /** Stores a value in every tier. */
  async set(key: string, value: V, options: EntryOptions = {}): Promise<void> {
    // What began to load before is older than this value.
    this.forget('key', key);
    const entry = this.entryOf(value, options);
    this.memory.set(key, entry);
    await this.writeThrough(key, entry);
    await this.tell({ origin: this.origin, kind: 'key', target: key });
  }

  /** Forgets a key, here and elsewhere. */
  async delete(key: string): Promise<void> {
    await this.invalidate('key', key, (tier) => tier.delete([key]));
  }

  /** Forgets every entry with that tag, here and elsewhere. */
  async invalidateTag(tag: string): Promise<void> {
    await this.invalidate('tag', tag, (tier) => tier.deleteTag(tag));
  }

  /** Forgets every key that matches; `*` stands for any text, `?` for one character. */
  async invalidatePattern(pattern: string): Promise<void> {
    await this.invalidate('pattern', pattern, (tier) => tier.deletePattern(pattern));
  }

  /** Entries in memory, the admission policy in force, and whether prefetching pays: the part of its predictions that came true. What runs behind. */
  get stats(): {
    readonly entries: number;
    readonly bytes: number;
    readonly policy: string;
    readonly prefetching: boolean;
    readonly prefetchPrecision: number;
    readonly background: number;
  } {
    const { size: entries, bytes, following: policy } = this.memory;
    const { pays: prefetching = false, precision: prefetchPrecision = 0 } = this.prefetcher ?? {};
    return { entries, bytes, policy, prefetching, prefetchPrecision, background: this.background.size };
  }

  /** Resolves when subscribed to the bus and nothing runs in the background. */
  async settled(): Promise<void> {
    await this.subscribed;
    while (this.background.size > 0) await Promise.allSettled(this.background);
  }

  /** Ends background work and closes the tiers. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([this.loads.close(), this.refreshes.close()]);
    await this.settled();
    await Promise.allSettled([...this.tiers.map(({ tier }) => tier.close()), this.options.bus?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async find(key: string): Promise<CacheLookup<V> | undefined> {
    const at = this.clock.now();
    const held = this.memory.get(key, at);
    if (held !== undefined) return this.lookupOf(held, 'memory', at);
    const began = this.invalidations;
    for (const [index, guarded] of this.tiers.entries()) {
      const entry = await guarded.call(async (tier) => {
        const bytes = await tier.get(key);
        return bytes === undefined ? undefined : unpackEntry(bytes, this.codec);
      }, undefined);
      if (entry === undefined || entry.staleUntil <= at || this.concerned(began, key, entry.tags)) continue;
      this.memory.set(key, entry);
      // A hit further out is promoted to the tiers before it.
      if (index > 0) this.inBackground(() => this.writeThrough(key, entry, index));
      return this.lookupOf(entry, guarded.tier.name, at);
    }
    return undefined;
  }

  private lookupOf({ value, freshUntil, storedAt }: CacheEntry<V>, tier: string, at: Millis): CacheLookup<V> {
    return { value, isStale: at >= freshUntil, tier, age: at - storedAt };
  }

  private async load(key: string, load: Loader<V>, options: EntryOptions, signal: AbortSignal): Promise<V> {
    const began = this.clock.elapsed();
    const sequence = this.invalidations;
    try {
      const attributes = { 'telltale.cache': this.options.name };
      const value = await withToolkitSpan(`load ${this.options.name}`, { attributes }, () => load(signal));
      const { negativeTtl } = this.options;
      const isNegative =
        (value === undefined || value === null) && negativeTtl !== undefined && options.ttl === undefined;
      const entry = this.entryOf(value, isNegative ? { ...options, ttl: negativeTtl } : options);
      if (this.concerned(sequence, key, entry.tags))
        recordDecision('cache.load_outdated', { 'telltale.cache': this.options.name });
      else {
        this.memory.set(key, entry);
        this.inBackground(() => this.writeThrough(key, entry));
      }
      return value;
    } catch (error) {
      this.instruments.loadFailures.add();
      throw error;
    } finally {
      this.instruments.loads.observe((this.clock.elapsed() - began) / 1000);
    }
  }

  private entryOf(value: V, options: EntryOptions): CacheEntry<V> {
    const { ttl = this.options.ttl ?? 300_000, staleFor = this.options.staleFor ?? 0, tags = [] } = options;
    const storedAt = this.clock.now();
    const freshUntil = storedAt + ttl * (1 - this.random() * (this.options.jitter ?? 0.1));
    return { value, storedAt, freshUntil, staleUntil: freshUntil + staleFor, tags };
  }

  /** Writes to all tiers, or to those before one. Never rejects. */
  private async writeThrough(key: string, entry: CacheEntry<V>, before = this.tiers.length): Promise<void> {
    if (this.tiers.length === 0) return;
    const ttl = entry.staleUntil - this.clock.now();
    if (ttl <= 0) return;
    const sequence = this.invalidations;
    let bytes: Uint8Array;
    try {
      bytes = await packEntry(entry, this.codec, this.options.compressAbove ?? 4_096);
    } catch {
      this.instruments.tierEvent('codec', 'failed');
      return;
    }
    if (this.concerned(sequence, key, entry.tags)) return;
    await Promise.all(
      this.tiers
        .slice(0, before)
        .map((guarded) => guarded.call((tier) => tier.set(key, bytes, ttl, entry.tags), undefined)),
    );
  }

  private async invalidate(
    kind: Invalidation['kind'],
    target: string,
    remove: (tier: CacheTier) => Promise<void>,
  ): Promise<void> {
    this.forget(kind, target);
    await Promise.all(this.tiers.map((guarded) => guarded.call(remove, undefined)));
    await this.tell({ origin: this.origin, kind, target });
  }

  private async tell(invalidation: Invalidation): Promise<void> {
    try {
      await this.options.bus?.publish(invalidation);
    } catch {
      this.instruments.tierEvent('bus', 'failed');
    }
  }

  private hear(told: Invalidation): void {
    if (told.origin !== this.origin) this.forget(told.kind, told.target);
  }

  private forget(kind: Invalidation['kind'], target: string): void {
    this.instruments.invalidations.add();
    this.invalidations++;
    const matches = kind === 'pattern' ? globMatcher(target) : (key: string) => key === target;
    const concerns = (key: string, tags: readonly string[]): boolean =>
      kind === 'tag' ? tags.includes(target) : matches(key);
    this.recent.push({ at: this.invalidations, concerns });
    if (this.recent.length > RECENT) this.recent.shift();
    if (kind === 'tag') this.memory.deleteTag(target);
    else if (kind === 'key') this.memory.delete(target);
    else this.memory.deleteMatching(matches);
    // Whoever asks from now on must not be given what began to load before.
    if (kind === 'key') this.loads.forget(target);
  }

  /** Whether something was invalidated since that concerns the entry; when too much was to remember, yes. */
  private concerned(since: number, key: string, tags: readonly string[]): boolean {
    if (this.invalidations - since > RECENT) return true;
    return this.recent.some(({ at, concerns }) => at > since && concerns(key, tags));
  }

  private lookAhead(key: string): void {
    const next = this.prefetcher?.onAccess(key);
    const { prefetch } = this.options;
    if (next === undefined || prefetch === undefined || this.memory.get(next, this.clock.now()) !== undefined) return;
    this.instruments.prefetches.add();
    this.inBackground(() =>
      this.loads.run(next, (signal) => this.load(next, (inner) => prefetch(next, inner), {}, signal)),
    );
  }

  /** Not begun at all when too much runs already: what would be stored or loaded then is so at another time. */
  private inBackground(begin: () => Promise<unknown>): void {
    if (this.background.size >= MAX_BACKGROUND) {
      this.instruments.tierEvent('background', 'skipped');
      return;
    }
    const done = begin()
      .catch(() => undefined)
      .finally(() => this.background.delete(done));
    this.background.add(done);
  }
}

/** Writes to other tiers, refreshes and prefetches at the same time, at most. */
const MAX_BACKGROUND = 1_000;
/** Invalidations that loads in progress are compared with. */
const RECENT = 1_000;
