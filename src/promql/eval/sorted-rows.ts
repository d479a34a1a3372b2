import { compareLabels, Labels } from '../../domain/labels';
import type { QueryBudget } from './query-budget';

/** Rows sorted at one go; sorted runs are merged, with other work in between. */
const RUN = 1024;

const orders = new WeakMap<readonly Labels[], Int32Array>();

/** The rows of a list in the order of their labels; remembered by the list's identity. */
export async function sortedRows(labels: readonly Labels[], budget: QueryBudget): Promise<Int32Array> {
  const known = orders.get(labels);
  if (known !== undefined) return known;
  const compare = (a: number, b: number): number => compareLabels(labels[a] ?? Labels.EMPTY, labels[b] ?? Labels.EMPTY);
  let order = Int32Array.from(labels, (_, row) => row);
  for (let from = 0; from < order.length; from += RUN) {
    order.subarray(from, from + RUN).sort(compare);
    if (budget.isSliceOver) await budget.giveWay();
  }
  for (let width = RUN; width < order.length; width *= 2) {
    const merged = new Int32Array(order.length);
    for (let from = 0; from < order.length; from += 2 * width) {
      const middle = Math.min(from + width, order.length);
      const end = Math.min(from + 2 * width, order.length);
      let [i, j] = [from, middle];
      for (let at = from; at < end; at++) {
        if (at % RUN === 0 && budget.isSliceOver) await budget.giveWay();
        const left = order[i] ?? 0;
        const right = order[j] ?? 0;
        merged[at] = i < middle && (j >= end || compare(left, right) <= 0) ? (i++, left) : (j++, right);
      }
    }
    order = merged;
  }
  orders.set(labels, order);
  return order;
}
