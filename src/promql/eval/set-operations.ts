import type { Binary, VectorMatching } from '../ast';
import { copyCell, mergeEqualRows, NONE } from './block';
import type { VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { signaturesOf } from './signatures';

const ALL_LABELS: VectorMatching = { cardinality: 'many-to-many', on: false, labels: [], include: [] };

/** `and`, `or` and `unless`. */
export function evalSetOperation(
  environment: QueryEnvironment,
  node: Binary,
  left: VectorBlock,
  right: VectorBlock,
): VectorBlock {
  const { steps } = left;
  const plan = environment.remember(node, [left.labels, right.labels], () => ({
    signatures: signaturesOf(node.matching ?? ALL_LABELS, left.labels, right.labels),
    union: [...left.labels, ...right.labels],
  }));
  const { signatures, union } = plan;
  const present = new Uint8Array(signatures.count * steps);
  const mark = (side: VectorBlock, numbers: Int32Array): void => {
    for (let row = 0; row < numbers.length; row++) {
      const base = (numbers[row] ?? 0) * steps;
      for (let step = 0; step < steps; step++) {
        if (side.kinds[row * steps + step] !== NONE) present[base + step] = 1;
      }
    }
  };
  if (node.op !== 'or') {
    mark(right, signatures.right);
    const wanted = node.op === 'and' ? 1 : 0;
    const kinds = left.kinds.slice();
    for (let cell = 0; cell < kinds.length; cell++) {
      const row = Math.floor(cell / steps);
      const signature = signatures.left[row] ?? 0;
      if (present[signature * steps + (cell - row * steps)] !== wanted) kinds[cell] = NONE;
    }
    return { ...left, kinds };
  }
  mark(left, signatures.left);
  const output = environment.newVector(union, steps);
  if (left.drop !== undefined || right.drop !== undefined) {
    output.drop = new Uint8Array(union.length);
    if (left.drop !== undefined) output.drop.set(left.drop);
    if (right.drop !== undefined) output.drop.set(right.drop, left.labels.length);
  }
  output.values.set(left.values);
  output.kinds.set(left.kinds);
  if (left.histograms !== undefined) output.histograms = left.histograms.concat(new Array(right.kinds.length));
  const offset = left.kinds.length;
  for (let cell = 0; cell < right.kinds.length; cell++) {
    if (right.kinds[cell] === NONE) continue;
    const row = Math.floor(cell / steps);
    const signature = signatures.right[row] ?? 0;
    if (present[signature * steps + (cell - row * steps)] === 0) copyCell(right, cell, output, offset + cell);
  }
  return mergeEqualRows(output);
}
