/** A running sum with its compensation, after Kahan and Neumaier. */
export class KahanSum {
  sum: number;
  compensation: number;

  constructor(sum = 0, compensation = 0) {
    this.sum = sum;
    this.compensation = compensation;
  }

  add(value: number): void {
    const { sum } = this;
    const total = sum + value;
    if (total === Infinity || total === -Infinity) this.compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) this.compensation += sum - total + value;
    else this.compensation += value - total + sum;
    this.sum = total;
  }

  get total(): number {
    return this.sum + this.compensation;
  }
}

/** Whether a value is +Inf or -Inf. */
export function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

const MIN_NORMAL = 2.2250738585072014e-308;

/** Whether two numbers differ by less than `epsilon` relative to their sum; two NaNs are equal. */
export function almostEqual(a: number, b: number, epsilon: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < epsilon * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < epsilon;
}

/** Order by value with NaN first, as Prometheus sorts for quantiles. */
export function compareNanFirst(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a - b;
}

/** The q-quantile of a list, interpolated; sorts the list in place. */
export function quantileOf(q: number, values: number[] | Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  let hasNan = false;
  for (const value of values) if (value !== value) hasNan = true;
  if (hasNan) values.sort(compareNanFirst);
  else if (values instanceof Float64Array) values.sort();
  else values.sort((a, b) => a - b);
  const last = values.length - 1;
  const rank = q * last;
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(last, lower + 1);
  const weight = rank - Math.floor(rank);
  const low = values[lower] ?? NaN;
  return weight === 0 ? low : low * (1 - weight) + (values[upper] ?? NaN) * weight;
}
