/** The rows of a long list that exist. */
export interface RowWindow {
  /** How many exist: row `i` is drawn by the element `i % count`. */
  readonly count: number;
  /** Their indexes, in the order of their elements. */
  readonly indexes: readonly number[];
  /** The index that the order starts from, modulo `count`; for the next window while scrolling goes on. */
  readonly anchor: number;
}

/**
 * Chooses the rows that exist. While a list is scrolled, the elements of rows that went out of view are given to rows that came
 * into it and stay where they are in the document: moving one costs as much as making it. Afterwards they are put into the order
 * in which the rows are read.
 * @param first index of the first row in view.
 * @param shown rows in view at most.
 * @param beyond rows before and after those that exist too.
 * @param anchor of the window before while scrolling goes on, else undefined.
 */
export function windowOf(
  first: number,
  shown: number,
  beyond: number,
  total: number,
  anchor: number | undefined,
): RowWindow {
  const count = Math.min(total, shown + 2 * beyond);
  const start = Math.max(0, Math.min(first - beyond, total - count));
  const origin = anchor ?? start;
  const indexes = Array.from({ length: count }, (_, place) => {
    const element = (origin + place) % count;
    return start + ((element - (start % count) + count) % count);
  });
  return { count, indexes, anchor: origin };
}
