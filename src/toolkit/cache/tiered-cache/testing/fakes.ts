import { globMatcher } from '../tiers/tier';
import type { CacheTier, Invalidation, InvalidationBus } from '../tiers/tier';

/** A tier in a Map, which can be told to fail. */
export class MapTier implements CacheTier {
  fail: 'no' | 'reject' | 'hang' | 'garbage' = 'no';
  calls = 0;
  private readonly entries = new Map<string, { readonly bytes: Uint8Array; readonly tags: readonly string[] }>();

  constructor(readonly name = 'map') {}

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return [...this.entries.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.trouble();
    return this.fail === 'garbage' ? new Uint8Array([9, 9, 9]) : this.entries.get(key)?.bytes;
  }

  async set(key: string, bytes: Uint8Array, _ttl: number, tags: readonly string[]): Promise<void> {
    await this.trouble();
    this.entries.set(key, { bytes, tags });
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.trouble();
    for (const key of keys) this.entries.delete(key);
  }

  deleteTag(tag: string): Promise<void> {
    return this.delete([...this.entries].filter(([, { tags }]) => tags.includes(tag)).map(([key]) => key));
  }

  deletePattern(pattern: string): Promise<void> {
    return this.delete([...this.entries.keys()].filter(globMatcher(pattern)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private trouble(): Promise<void> {
    this.calls++;
    if (this.fail === 'reject') return Promise.reject(new Error('the tier is down'));
    return this.fail === 'hang' ? new Promise(() => undefined) : Promise.resolve();
  }
}

/** A bus within the process; `join` gives each instance its own end. */
export function localBus(): { join(): InvalidationBus } {
  const listeners = new Set<(invalidation: Invalidation) => void>();
  return {
    join: () => ({
      publish: (invalidation) => Promise.resolve(listeners.forEach((listener) => listener(invalidation))),
      subscribe: (listener) => Promise.resolve(void listeners.add(listener)),
      close: () => Promise.resolve(),
    }),
  };
}
