/** The last values of a series, for short statistics. */
export class RecentValues {
  /** Each value stands twice, so that the newest ones are always one stretch. */
  private readonly ring: Float64Array;
  private newest: number;
  private count = 0;

  constructor(private readonly capacity: number) {
    this.ring = new Float64Array(2 * capacity);
    this.newest = capacity - 1;
  }

  get size(): number {
    return Math.min(this.count, this.capacity);
  }

  add(value: number): void {
    const at = this.count % this.capacity;
    this.ring[at] = value;
    this.ring[at + this.capacity] = value;
    this.newest = at + this.capacity;
    this.count++;
  }

  /** The value `back` places before the newest, which is 0. */
  get(back: number): number {
    return this.ring[this.newest - back] ?? NaN;
  }

  /** Median of the newest `length` values; the upper of two middles. */
  median(length: number): number {
    const values = this.ring.slice(this.newest - length + 1, this.newest + 1).sort();
    return values[length >> 1] ?? NaN;
  }

  /** Mean of `length` values, the newest of which is `back` places before the newest of all. */
  mean(length: number, back = 0): number {
    let sum = 0;
    for (let at = back; at < back + length; at++) sum += this.get(at);
    return sum / length;
  }

  /** Variance of the same values, of the population. */
  variance(length: number, back = 0): number {
    const mean = this.mean(length, back);
    let sum = 0;
    for (let at = back; at < back + length; at++) sum += (this.get(at) - mean) ** 2;
    return sum / length;
  }
}
