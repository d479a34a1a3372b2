import { KeyQueue } from './key-queue';
import type { EvictionPolicy } from './policy';

/** The key that was asked for the longest ago goes. */
export class LruPolicy implements EvictionPolicy {
  readonly name = 'lru';
  private readonly order = new KeyQueue();

  constructor(private readonly capacity: number) {}

  onHit(key: string): void {
    this.order.touch(key);
  }

  onInsert(key: string): readonly string[] {
    this.order.push(key);
    const victim = this.order.size > this.capacity ? this.order.shift() : undefined;
    return victim === undefined ? [] : [victim];
  }

  onRemove(key: string): void {
    this.order.delete(key);
  }

  evict(): string | undefined {
    return this.order.shift();
  }

  has(key: string): boolean {
    return this.order.has(key);
  }
}
