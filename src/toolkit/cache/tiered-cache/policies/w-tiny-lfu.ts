import { FrequencySketch } from './frequency-sketch';
import { KeyQueue } from './key-queue';
import type { EvictionPolicy } from './policy';

/**
 * A small recency window before a segmented main part that is entered only by keys asked for more often than the one that
 * would have to go (Einziger et al., TinyLFU, 2017).
 */
export class WTinyLfuPolicy implements EvictionPolicy {
  readonly name = 'w-tiny-lfu';
  private readonly window = new KeyQueue();
  private readonly probation = new KeyQueue();
  private readonly protected = new KeyQueue();
  private readonly sketch: FrequencySketch;
  private readonly windowCapacity: number;
  private readonly protectedCapacity: number;

  constructor(private readonly capacity: number) {
    this.sketch = new FrequencySketch(capacity);
    this.windowCapacity = Math.max(1, Math.floor(capacity / 100));
    this.protectedCapacity = Math.floor((capacity - this.windowCapacity) * 0.8);
  }

  onHit(key: string): void {
    this.sketch.increment(key);
    if (this.window.touch(key) || this.protected.touch(key) || !this.probation.delete(key)) return;
    this.protected.push(key);
    const demoted = this.protected.size > this.protectedCapacity ? this.protected.shift() : undefined;
    if (demoted !== undefined) this.probation.push(demoted);
  }

  onInsert(key: string): readonly string[] {
    this.sketch.increment(key);
    this.window.push(key);
    if (this.window.size <= this.windowCapacity) return [];
    const candidate = this.window.shift();
    if (candidate === undefined) return [];
    const mainCapacity = this.capacity - this.windowCapacity;
    if (this.probation.size + this.protected.size < mainCapacity) {
      this.probation.push(candidate);
      return [];
    }
    const victim = this.probation.peek() ?? this.protected.peek();
    if (victim === undefined || this.sketch.frequency(candidate) <= this.sketch.frequency(victim)) return [candidate];
    this.onRemove(victim);
    this.probation.push(candidate);
    return [victim];
  }

  onRemove(key: string): void {
    this.window.delete(key);
    this.probation.delete(key);
    this.protected.delete(key);
  }

  evict(): string | undefined {
    return this.probation.shift() ?? this.protected.shift() ?? this.window.shift();
  }

  has(key: string): boolean {
    return this.window.has(key) || this.probation.has(key) || this.protected.has(key);
  }
}
