/** The last values of a series, for short statistics. */
export class RecentValues {
  private readonly ring: Float64Array;
  private count = 0;

  constructor(private readonly capacity: number) {
    this.ring = new Float64Array(capacity);
  }

  get size(): number {
    return Math.min(this.count, this.capacity);
  }

  add(value: number): void {
    this.ring[this.count % this.capacity] = value;
    this.count++;
  }

  /** The value `back` places before the newest, which is 0. */
  get(back: number): number {
    return this.ring[(this.count - 1 - back + this.capacity) % this.capacity] ?? NaN;
  }

  /** Median of the newest `length` values; the upper of two middles. */
  median(length: number): number {
    const values = Float64Array.from({ length }, (_, back) => this.get(back)).sort();
    return values[length >> 1] ?? NaN;
  }

  /** Mean of the newest `length` values. */
  mean(length: number): number {
    let sum = 0;
    for (let back = 0; back < length; back++) sum += this.get(back);
    return sum / length;
  }

  /** Standard deviation of the newest `length` values, of the population. */
  deviation(length: number): number {
    const mean = this.mean(length);
    let sum = 0;
    for (let back = 0; back < length; back++) sum += (this.get(back) - mean) ** 2;
    return Math.sqrt(sum / length);
  }
}
