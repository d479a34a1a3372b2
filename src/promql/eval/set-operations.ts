import type { Binary, VectorMatching } from '../ast';
import { copyCell, mergeEqualRows, NONE } from './block';
import type { VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { signaturesOf } from './signatures';

const ALL_LABELS: VectorMatching = { cardinality: 'many-to-many', on: false, labels: [], include: [] };

/** `and`, `or` and `unless`. */
export async function evalSetOperation(
  environment: QueryEnvironment,
  node: Binary,
  left: VectorBlock,
  right: VectorBlock,
): Promise<VectorBlock> {
  const { steps } = left;
  const { budget } = environment;
  const plan = await environment.remember(node, [left.labels, right.labels], async () => ({
    signatures: await signaturesOf(node.matching ?? ALL_LABELS, left.labels, right.labels, budget),
    union: [...left.labels, ...right.labels],
  }));
  const { signatures, union } = plan;
  const present = new Uint8Array(signatures.count * steps);
  const mark = (side: VectorBlock, numbers: Int32Array): Promise<void> =>
    budget.inSlices(numbers.length, steps, (from, to) => {
      for (let row = from; row < to; row++) {
        const base = (numbers[row] ?? 0) * steps;
        for (let step = 0; step < steps; step++) {
          if (side.kinds[row * steps + step] !== NONE) present[base + step] = 1;
        }
      }
    });
  if (node.op !== 'or') {
    await mark(right, signatures.right);
    const wanted = node.op === 'and' ? 1 : 0;
    const kinds = left.kinds.slice();
    await budget.inSlices(left.labels.length, steps, (from, to) => {
      for (let row = from; row < to; row++) {
        const base = (signatures.left[row] ?? 0) * steps;
        for (let step = 0; step < steps; step++) {
          if (present[base + step] !== wanted) kinds[row * steps + step] = NONE;
        }
      }
    });
    return { ...left, kinds };
  }
  await mark(left, signatures.left);
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
  await budget.inSlices(right.labels.length, steps, (from, to) => {
    for (let row = from; row < to; row++) {
      const base = (signatures.right[row] ?? 0) * steps;
      for (let step = 0; step < steps; step++) {
        const cell = row * steps + step;
        if (right.kinds[cell] !== NONE && present[base + step] === 0) copyCell(right, cell, output, offset + cell);
      }
    }
  });
  return mergeEqualRows(output, budget);
}
