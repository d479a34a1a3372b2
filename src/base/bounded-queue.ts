/** A first-in first-out queue with a bound; says how full it is and how many it refused. Push and shift are O(1). */
export class BoundedQueue<T> {
  private readonly slots: (T | undefined)[];
  private head = 0;
  private count = 0;
  private refusedCount = 0;

  /** @param capacity at least 1. */
  constructor(readonly capacity: number) {
    this.slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  /** False when full: the item was not taken, and counts as refused. */
  push(item: T): boolean {
    if (this.count === this.capacity) {
      this.refusedCount++;
      return false;
    }
    this.slots[(this.head + this.count) % this.capacity] = item;
    this.count++;
    return true;
  }

  shift(): T | undefined {
    if (this.count === 0) return undefined;
    const item = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) % this.capacity;
    this.count--;
    return item;
  }

  peek(): T | undefined {
    return this.count === 0 ? undefined : this.slots[this.head];
  }

  get size(): number {
    return this.count;
  }

  /** 0 (empty) to 1 (full). */
  get fullRatio(): number {
    return this.count / this.capacity;
  }

  /** How many items were refused since the start. */
  get refused(): number {
    return this.refusedCount;
  }
}
