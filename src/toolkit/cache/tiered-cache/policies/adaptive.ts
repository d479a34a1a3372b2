import { LruPolicy } from './lru';
import { S3FifoPolicy } from './s3-fifo';
import { WTinyLfuPolicy } from './w-tiny-lfu';
import type { EvictionPolicy } from './policy';

/** A policy takes over when it is ahead of the one in force by this much of a hit ratio. */
const MARGIN = 0.003;
/** What is left of older hits after each period. */
const FADE = 0.75;

interface Contestant {
  readonly policy: EvictionPolicy;
  hits: number;
}

/**
 * Follows whichever of LRU, S3-FIFO and W-TinyLFU does best of late. All three are played on all keys; the cache keeps the
 * values of those that the one in force would keep, so that after a change it soon is where that policy would always have
 * been. Begins as LRU. Costs three lists of keys, and one more list for those with values.
 */
export class AdaptivePolicy implements EvictionPolicy {
  readonly name = 'adaptive';
  private readonly contestants: readonly Contestant[];
  private current: Contestant;
  private readonly held = new Set<string>();
  private readonly period: number;
  private seen = 0;
  private weight = 0;
  private switchCount = 0;
  private hasChanged = false;

  constructor(capacity: number) {
    const first: Contestant = { policy: new LruPolicy(capacity), hits: 0 };
    this.contestants = [
      first,
      { policy: new S3FifoPolicy(capacity), hits: 0 },
      { policy: new WTinyLfuPolicy(capacity), hits: 0 },
    ];
    this.current = first;
    this.period = Math.max(100, Math.floor(capacity / 2));
  }

  /** The policy in force. */
  get following(): string {
    return this.current.policy.name;
  }

  /** How often another took over. */
  get switches(): number {
    return this.switchCount;
  }

  onHit(key: string): void {
    this.play(key);
  }

  onInsert(key: string): readonly string[] {
    this.held.add(key);
    const gone = this.play(key);
    // After a change many may have to go; between changes only what the policy just gave up.
    if (this.hasChanged) {
      this.hasChanged = false;
      return this.release([...this.held]);
    }
    return this.release([...gone, key]);
  }

  onRemove(key: string): void {
    this.held.delete(key);
    for (const { policy } of this.contestants) policy.onRemove(key);
  }

  evict(): string | undefined {
    for (;;) {
      const key = this.current.policy.evict();
      if (key !== undefined && !this.held.delete(key)) continue;
      if (key !== undefined) return key;
      // Residents of an earlier policy that no insertion has released yet.
      const left = this.held.values().next();
      if (left.done) return undefined;
      this.held.delete(left.value);
      return left.value;
    }
  }

  has(key: string): boolean {
    return this.held.has(key);
  }

  private release(keys: readonly string[]): string[] {
    return keys.filter((key) => !this.current.policy.has(key) && this.held.delete(key));
  }

  /** Returns what the policy in force gave up. */
  private play(key: string): readonly string[] {
    let gone: readonly string[] = [];
    for (const contestant of this.contestants) {
      const { policy } = contestant;
      if (policy.has(key)) {
        contestant.hits++;
        policy.onHit(key);
      } else {
        const given = policy.onInsert(key);
        if (contestant === this.current) gone = given;
      }
    }
    this.weight++;
    if (++this.seen >= this.period) this.judge();
    return gone;
  }

  private judge(): void {
    this.seen = 0;
    const best = this.contestants.reduce((top, each) => (each.hits > top.hits ? each : top));
    if (best !== this.current && best.hits > this.current.hits + MARGIN * this.weight) {
      this.current = best;
      this.switchCount++;
      this.hasChanged = true;
    }
    this.weight *= FADE;
    for (const contestant of this.contestants) contestant.hits *= FADE;
  }
}
