/**
 * Timestamps that many series share: series scraped or exported together have the same. A series of n samples uses the
 * first n. Grows at its end only; what was written never changes, so readers may hold `data`.
 */
export class TimeColumn {
  data: Float64Array;
  length = 0;
  private fork: { at: number; t: number; column: TimeColumn } | undefined;
  private successor: { from: number; column: TimeColumn } | undefined;
  private remainder: { from: number; to: number; column: TimeColumn } | undefined;
  private window = { start: NaN, end: NaN, length: -1, from: 0, to: 0 };

  constructor(capacity: number) {
    this.data = new Float64Array(capacity);
  }

  push(t: number): void {
    if (this.length === this.data.length) {
      const larger = new Float64Array(grownCapacity(this.length));
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = t;
  }

  /** The column that has the first `length` timestamps and then `t`; series that part at the same place share it. */
  forkAt(length: number, t: number): TimeColumn {
    const { fork } = this;
    if (fork && fork.at === length && fork.t === t) return fork.column;
    const column = this.copy(0, length);
    column.push(t);
    this.fork = { at: length, t, column };
    return column;
  }

  /**
   * The column that has timestamps `from` to `length` (exclusive), and perhaps more; series that are cut at the same
   * place share it.
   */
  successorFrom(from: number, length: number): TimeColumn {
    const { successor } = this;
    if (successor?.from === from && this.continues(successor.column, from, length)) return successor.column;
    const column = this.copy(from, length);
    this.successor = { from, column };
    return column;
  }

  /**
   * The column that has the first `length` timestamps but for `from` to `to` (exclusive), and perhaps more; series that
   * lose the same share it.
   */
  without(from: number, to: number, length: number): TimeColumn {
    if (from === 0) return this.successorFrom(to, length);
    const { remainder } = this;
    if (remainder?.from === from && remainder.to === to && this.continues(remainder.column, to, length, from)) {
      return remainder.column;
    }
    const left = length - (to - from);
    const column = new TimeColumn(grownCapacity(left));
    column.data.set(this.data.subarray(0, from));
    column.data.set(this.data.subarray(to, length), from);
    column.length = left;
    this.remainder = { from, to, column };
    return column;
  }

  /** Which of the first `length` timestamps lie in (start, end]: [from, to). The last answer is remembered. */
  find(start: number, end: number, length: number): { readonly from: number; readonly to: number } {
    const { window } = this;
    if (window.start === start && window.end === end && window.length === length) return window;
    const from = firstAfter(this.data, 0, length, start);
    const to = firstAfter(this.data, from, length, end);
    this.window = { start, end, length, from, to };
    return this.window;
  }

  /** Whether `column` goes on with `from` to `length` of this one at index `at`; what it lacks is added to it. */
  private continues(column: TimeColumn, from: number, length: number, at = 0): boolean {
    const count = length - from;
    const shared = Math.min(count, column.length - at);
    for (let i = 0; i < shared; i++) if (column.data[at + i] !== this.data[from + i]) return false;
    for (let i = shared; i < count; i++) column.push(this.data[from + i] ?? 0);
    return true;
  }

  private copy(from: number, to: number): TimeColumn {
    const column = new TimeColumn(grownCapacity(to - from));
    column.data.set(this.data.subarray(from, to));
    column.length = to - from;
    return column;
  }
}

/** The next size of an array that holds `length` and must hold more: by a half while small, by an eighth when large. */
export function grownCapacity(length: number): number {
  const step = length < 128 ? Math.max(8, length >> 1) : Math.max(32, length >> 3);
  return (length + step + 7) & ~7;
}

/** The first index in [from, to) whose timestamp is greater than `t`; `to` when there is none. */
export function firstAfter(timestamps: Float64Array, from: number, to: number, t: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? Infinity) > t) high = middle;
    else low = middle + 1;
  }
  return low;
}
