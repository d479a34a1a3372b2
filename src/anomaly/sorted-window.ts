/**
 * The last `capacity` numbers, in order of size. Adding one costs a binary search and one move of memory whose size the
 * capacity bounds. Not-a-number must not be added.
 */
export class SortedWindow {
  private readonly ring: Float64Array;
  private readonly sorted: Float64Array;
  private next = 0;
  private count = 0;

  /** @param capacity at least 1. */
  constructor(readonly capacity: number) {
    this.ring = new Float64Array(capacity);
    this.sorted = new Float64Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  add(value: number): void {
    const { sorted, ring } = this;
    if (this.count === this.capacity) {
      const gone = this.countBelow(ring[this.next] ?? 0);
      sorted.copyWithin(gone, gone + 1, this.count);
      this.count--;
    }
    const at = this.countBelow(value);
    sorted.copyWithin(at + 1, at, this.count);
    sorted[at] = value;
    ring[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
    this.count++;
  }

  /** The number of rank `index`, 0 for the smallest. */
  at(index: number): number {
    return this.sorted[index] ?? NaN;
  }

  /** How many are smaller than `value`. */
  countBelow(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The number below which a share `q` (0 to 1) lies; not-a-number when empty. */
  quantile(q: number): number {
    return this.count === 0 ? NaN : this.at(Math.min(this.count - 1, Math.max(0, Math.round(q * (this.count - 1)))));
  }
}
