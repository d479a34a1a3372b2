import type { Millis } from '../../../../base/clock';

/** A place for entries outside of the process. Whatever it throws is survived by the cache. */
export interface CacheTier {
  /** Names the tier in metrics. */
  readonly name: string;
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, bytes: Uint8Array, ttl: Millis, tags: readonly string[]): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
  deleteTag(tag: string): Promise<void>;
  /** `*` stands for any text, `?` for one character. */
  deletePattern(pattern: string): Promise<void>;
  close(): Promise<void>;
}

/** What instances tell each other: `origin` lets the teller ignore its own words. */
export interface Invalidation {
  readonly origin: string;
  readonly kind: 'key' | 'tag' | 'pattern';
  readonly target: string;
}

/** Carries invalidations between instances. */
export interface InvalidationBus {
  publish(invalidation: Invalidation): Promise<void>;
  subscribe(listener: (invalidation: Invalidation) => void): Promise<void>;
  close(): Promise<void>;
}

/** Whether a key matches a pattern with `*` and `?`. */
export function globMatcher(pattern: string): (key: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  const regex = new RegExp(`^${source}$`, 's');
  return (key) => regex.test(key);
}
