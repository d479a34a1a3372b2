import { AdaptivePolicy } from './policies/adaptive';
import type { Millis } from '../../../base/clock';

/** A value with what is known about it. `undefined`, `null`, `0`, `''` and `false` are values like others. */
export interface CacheEntry<V> {
  readonly value: V;
  /** Wall clock, ms; times are shared between processes. */
  readonly storedAt: Millis;
  /** Fresh before. */
  readonly freshUntil: Millis;
  /** May be served while it is loaded anew before. */
  readonly staleUntil: Millis;
  readonly tags: readonly string[];
}

interface Held<V> {
  readonly entry: CacheEntry<V>;
  readonly bytes: number;
}

/** Limits of the memory tier. */
export interface MemoryTierOptions {
  /** Default 10,000. */
  readonly maxEntries?: number;
  /** By `sizeOf`; default unlimited. */
  readonly maxBytes?: number;
}

/** Entries of this process, with adaptive admission; bounded by number and, where sizes are known, by bytes. */
export class MemoryTier<V> {
  private readonly entries = new Map<string, Held<V>>();
  private readonly byTag = new Map<string, Set<string>>();
  private readonly policy: AdaptivePolicy;
  private byteCount = 0;

  constructor(
    private readonly options: MemoryTierOptions,
    private readonly sizeOf: (entry: CacheEntry<V>) => number,
  ) {
    this.policy = new AdaptivePolicy(options.maxEntries ?? 10_000);
  }

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.byteCount;
  }

  /** The policy in force. */
  get following(): string {
    return this.policy.following;
  }

  /** The entry, while it may be served at all. */
  get(key: string, at: Millis): CacheEntry<V> | undefined {
    const held = this.entries.get(key);
    if (held === undefined) return undefined;
    if (at >= held.entry.staleUntil) {
      this.delete(key);
      return undefined;
    }
    this.policy.onHit(key);
    return held.entry;
  }

  set(key: string, entry: CacheEntry<V>): void {
    const before = this.entries.get(key);
    if (before !== undefined) this.drop(key, before);
    const held = { entry, bytes: this.sizeOf(entry) };
    this.entries.set(key, held);
    this.byteCount += held.bytes;
    for (const tag of entry.tags) {
      const keys = this.byTag.get(tag);
      if (keys === undefined) this.byTag.set(tag, new Set([key]));
      else keys.add(key);
    }
    if (before === undefined) for (const gone of this.policy.onInsert(key)) this.lose(gone);
    else this.policy.onHit(key);
    const { maxBytes = Infinity } = this.options;
    while (this.byteCount > maxBytes) {
      const victim = this.policy.evict();
      if (victim === undefined) break;
      this.lose(victim);
    }
  }

  delete(key: string): boolean {
    const held = this.entries.get(key);
    if (held === undefined) return false;
    this.policy.onRemove(key);
    this.drop(key, held);
    return true;
  }

  deleteTag(tag: string): number {
    const keys = [...(this.byTag.get(tag) ?? [])];
    for (const key of keys) this.delete(key);
    return keys.length;
  }

  deleteMatching(matches: (key: string) => boolean): number {
    const keys = [...this.entries.keys()].filter(matches);
    for (const key of keys) this.delete(key);
    return keys.length;
  }

  private lose(key: string): void {
    const held = this.entries.get(key);
    if (held !== undefined) this.drop(key, held);
  }

  private drop(key: string, { entry, bytes }: Held<V>): void {
    this.entries.delete(key);
    this.byteCount -= bytes;
    for (const tag of entry.tags) {
      const keys = this.byTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.byTag.delete(tag);
    }
  }
}
