import type { Binary, BinaryOperator } from '../ast';
import { isComparison, typeOf } from '../check';
import { FLOAT, NONE, sampleAt, setCell } from './block';
import type { Block, ScalarBlock, Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { dropNames } from './label-maps';
import { changesMeaning, comparison, mixedOperation, scalarOperation, StepRemarks } from './operators';
import type { Remark } from './operators';
import type { PartEvaluator } from './range-call';
import { evalSetOperation } from './set-operations';
import { evalMatched } from './vector-matching';

/** Evaluates a binary operation. */
export async function evalBinary(parts: PartEvaluator, node: Binary, steps: Steps): Promise<Block> {
  const { environment } = parts;
  const leftIsScalar = typeOf(node.left) === 'scalar';
  const rightIsScalar = typeOf(node.right) === 'scalar';
  if (leftIsScalar && rightIsScalar) {
    const left = await parts.scalar(node.left, steps);
    const right = await parts.scalar(node.right, steps);
    return scalars(node.op, left, right);
  }
  if (rightIsScalar) {
    const left = await parts.vector(node.left, steps);
    return withScalar(environment, node, left, await parts.scalar(node.right, steps), false);
  }
  if (leftIsScalar) {
    const left = await parts.scalar(node.left, steps);
    return withScalar(environment, node, await parts.vector(node.right, steps), left, true);
  }
  const left = await parts.vector(node.left, steps);
  const right = await parts.vector(node.right, steps);
  if (environment.budget.isSliceOver) await environment.budget.giveWay();
  return node.op === 'and' || node.op === 'or' || node.op === 'unless'
    ? evalSetOperation(environment, node, left, right)
    : evalMatched(environment, node, left, right);
}

function scalars(op: BinaryOperator, left: Float64Array, right: Float64Array): ScalarBlock {
  const operation = scalarOperation(op);
  return { type: 'scalar', values: left.map((value, step) => operation(value, right[step] ?? NaN)) };
}

/** A vector and a scalar; `swapped` when the scalar stands on the left. */
async function withScalar(
  environment: QueryEnvironment,
  node: Binary,
  input: VectorBlock,
  scalar: Float64Array,
  swapped: boolean,
): Promise<VectorBlock> {
  const { op, bool } = node;
  const output = environment.newVector(input.labels, input.steps);
  output.drop = input.drop;
  const compares = isComparison(op);
  const compare = comparison(op);
  const operation = scalarOperation(op);
  const trims = op === '</' || op === '>/';
  const { kinds, values, steps } = input;
  const remarks = new StepRemarks();
  const work = (cell: number): void => {
    const kind = kinds[cell] ?? NONE;
    if (kind === NONE) return;
    const other = scalar[steps === 1 ? 0 : cell % steps] ?? NaN;
    if (kind === FLOAT && !trims) {
      const value = values[cell] ?? NaN;
      if (!compares) {
        output.values[cell] = swapped ? operation(other, value) : operation(value, other);
        output.kinds[cell] = FLOAT;
        return;
      }
      const keep = swapped ? compare(other, value) : compare(value, other);
      if (!keep && !bool) return;
      output.values[cell] = bool ? Number(keep) : value;
      output.kinds[cell] = FLOAT;
      return;
    }
    mixedCell(node, input, output, cell, other, swapped, remarks.at(cell % steps));
  };
  await environment.budget.inSlices(kinds.length, 1, (from, to) => {
    for (let cell = from; cell < to; cell++) work(cell);
  });
  remarks.tell(environment.notes, node);
  return changesMeaning(op) || bool ? dropNames(output, environment.delayed, environment.budget) : output;
}

function mixedCell(
  node: Binary,
  input: VectorBlock,
  output: VectorBlock,
  cell: number,
  scalar: number,
  swapped: boolean,
  remark: Remark,
): void {
  const sample = sampleAt(input, cell);
  const [left, right] = swapped ? [scalar, sample] : [sample, scalar];
  const { result, keep } = mixedOperation(node.op, left, right, remark);
  if (result === undefined) return;
  if (node.bool) setCell(output, cell, Number(keep));
  else if (keep) setCell(output, cell, isComparison(node.op) ? sample : result);
}
