import { KeyQueue } from './key-queue';
import type { EvictionPolicy } from './policy';

/**
 * Three queues (Yang et al., FIFO Queues Are All You Need for Cache Eviction, SOSP 2023): newcomers prove themselves in a small
 * one, a ghost remembers those that did not, and the main one gives second chances.
 */
export class S3FifoPolicy implements EvictionPolicy {
  readonly name = 's3-fifo';
  private readonly small = new KeyQueue();
  private readonly main = new KeyQueue();
  private readonly ghost = new KeyQueue();
  private readonly smallCapacity: number;

  constructor(private readonly capacity: number) {
    this.smallCapacity = Math.max(1, Math.floor(capacity / 10));
  }

  onHit(key: string): void {
    this.small.bump(key, 3);
    this.main.bump(key, 3);
  }

  onInsert(key: string): readonly string[] {
    const gone: string[] = [];
    while (this.small.size + this.main.size >= this.capacity) {
      const victim = this.evict();
      if (victim === undefined) break;
      gone.push(victim);
    }
    if (this.ghost.delete(key)) this.main.push(key);
    else this.small.push(key);
    return gone;
  }

  onRemove(key: string): void {
    this.small.delete(key);
    this.main.delete(key);
  }

  evict(): string | undefined {
    for (;;) {
      const fromSmall = this.small.size >= this.smallCapacity || this.main.size === 0;
      const queue = fromSmall ? this.small : this.main;
      const key = queue.peek();
      if (key === undefined) return undefined;
      const count = queue.countOf(key) ?? 0;
      queue.delete(key);
      if (!fromSmall) {
        if (count === 0) return key;
        this.main.push(key, count - 1);
      } else if (count > 1) this.main.push(key);
      else {
        this.remember(key);
        return key;
      }
    }
  }

  has(key: string): boolean {
    return this.small.has(key) || this.main.has(key);
  }

  private remember(key: string): void {
    if (!this.ghost.has(key)) this.ghost.push(key);
    if (this.ghost.size > this.capacity) this.ghost.shift();
  }
}
