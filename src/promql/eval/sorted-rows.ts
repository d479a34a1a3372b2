import { compareLabels, Labels } from '../../domain/labels';
import type { Slicer } from './block';

/** Rows sorted at one go; sorted runs are merged, with other work in between. */
const RUN = 1024;

/** What comparing two label sets costs, in cells. */
const COMPARISON_COST = 32;

const orders = new WeakMap<readonly Labels[], Int32Array>();

/** The rows of a list in the order of their labels; remembered by the list's identity. */
export async function sortedRows(labels: readonly Labels[], slicer: Slicer): Promise<Int32Array> {
  const known = orders.get(labels);
  if (known !== undefined) return known;
  const rows = new Int32Array(labels.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  const compare = (a: number, b: number): number => compareLabels(labels[a] ?? Labels.EMPTY, labels[b] ?? Labels.EMPTY);
  const order = await sortInSlices(rows, compare, slicer);
  orders.set(labels, order);
  return order;
}

/** Sorts rows, equal ones in the order they had, without holding the event loop. The array given is used up. */
export async function sortInSlices(
  rows: Int32Array,
  compare: (a: number, b: number) => number,
  slicer: Slicer,
): Promise<Int32Array> {
  const { length } = rows;
  await slicer.inSlices(Math.ceil(length / RUN), RUN * COMPARISON_COST, (from, to) => {
    for (let run = from; run < to; run++) rows.subarray(run * RUN, (run + 1) * RUN).sort(compare);
  });
  let order = rows;
  for (let width = RUN; width < length; width *= 2) {
    const runs = order;
    const merged = new Int32Array(length);
    let [i, j, middle, end] = [0, 0, 0, 0];
    await slicer.inSlices(length, COMPARISON_COST, (from, to) => {
      for (let at = from; at < to; at++) {
        if (at === end) {
          i = at;
          middle = j = Math.min(at + width, length);
          end = Math.min(at + 2 * width, length);
        }
        const left = runs[i] ?? 0;
        const right = runs[j] ?? 0;
        merged[at] = i < middle && (j >= end || compare(left, right) <= 0) ? (i++, left) : (j++, right);
      }
    });
    order = merged;
  }
  return order;
}
