import { compareLabels, METRIC_NAME } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import { anchoredRewrite } from '../../domain/regex-rewrite';
import type { Rewrite } from '../../domain/regex-rewrite';
import { PromqlExecutionError } from '../errors';
import { copyCell, FLOAT, markUnique, mergeEqualRows, NONE, newVector, relabeled, ROW_COST } from '../eval/block';
import type { Block, VectorBlock } from '../eval/block';
import { sortInSlices } from '../eval/sorted-rows';
import { isValidUtf8 } from '../syntax/strings';
import { stringArgument } from './arguments';
import { defineFunction } from './function';
import type { CallContext } from './function';

/** Whether a label may have this name: any UTF-8 text that is not empty. */
export function isLabelName(name: string): boolean {
  return name !== '' && isValidUtf8(name);
}

async function labelReplace(context: CallContext): Promise<Block> {
  const [, target, replacement, source, regex] = context.call.args.map(stringArgument);
  let rewrite: Rewrite;
  try {
    rewrite = anchoredRewrite(regex ?? '', replacement ?? '');
  } catch (error) {
    throw new PromqlExecutionError(`invalid regular expression in label_replace(): ${regex ?? ''}`, { cause: error });
  }
  if (target === undefined || !isLabelName(target)) {
    throw new PromqlExecutionError(`invalid destination label name in label_replace(): ${target ?? ''}`);
  }
  return relabel(context, target, (labels) => rewrite(labels.get(source ?? '')));
}

async function labelJoin(context: CallContext): Promise<Block> {
  const [, target = '', separator = '', ...sources] = context.call.args.map(stringArgument);
  for (const source of sources) {
    if (!isLabelName(source)) {
      throw new PromqlExecutionError(`invalid source label name in label_join(): ${source}`);
    }
  }
  if (!isLabelName(target)) {
    throw new PromqlExecutionError(`invalid destination label name in label_join(): ${target}`);
  }
  return relabel(context, target, (labels) => sources.map((source) => labels.get(source)).join(separator));
}

/** What a regular expression and a new label set cost, in cells. */
const RELABEL_COST = 32 * ROW_COST;

/** Sets one label of each series; undefined leaves the series as it is. */
async function relabel(
  context: CallContext,
  target: string,
  valueOf: (labels: Labels) => string | undefined,
): Promise<Block> {
  const input = await context.vector(0);
  const changed = await context.remember(input.labels, async () => {
    const values: (string | undefined)[] = [];
    const labels: Labels[] = [];
    await context.slicer.inSlices(input.labels.length, RELABEL_COST, (from, to) => {
      for (let row = from; row < to; row++) {
        const own = input.labels[row];
        if (own === undefined) continue;
        const value = valueOf(own);
        values.push(value);
        labels.push(value === undefined ? own : own.with({ [target]: value }));
      }
    });
    return { values, labels };
  });
  let { drop } = input;
  if (drop !== undefined && target === METRIC_NAME) {
    // A name that was given on purpose stays.
    drop = drop.map((marked, row) => (changed.values[row] === undefined ? marked : 0));
  }
  return mergeEqualRows(relabeled(input, changed.labels, drop), context.slicer);
}

/** The rows in another order; rows left out are dropped. */
export function reorder(block: VectorBlock, order: readonly number[] | Int32Array): VectorBlock {
  const labels: Labels[] = [];
  for (const row of order) {
    const own = block.labels[row];
    if (own !== undefined) labels.push(own);
  }
  markUnique(labels);
  const sorted = newVector(labels, block.steps);
  if (block.drop !== undefined) sorted.drop = Uint8Array.from(order, (row) => block.drop?.[row] ?? 0);
  order.forEach((row, to) => {
    for (let step = 0; step < block.steps; step++) {
      copyCell(block, row * block.steps + step, sorted, to * block.steps + step);
    }
  });
  return sorted;
}

async function sortBy(
  context: CallContext,
  floatsOnly: boolean,
  compare: (block: VectorBlock, a: number, b: number) => number,
): Promise<Block> {
  const input = await context.vector(0);
  const { start, count, end = start } = context.steps;
  if (count > 1 || end !== start) {
    context.notes.sortInRange(context.call);
    if (!floatsOnly) return input;
    const kinds = input.kinds.map((kind) => (kind === FLOAT ? kind : NONE));
    return { ...input, kinds };
  }
  const rows = new Int32Array(input.labels.length);
  let length = 0;
  for (let row = 0; row < rows.length; row++) {
    if (floatsOnly ? input.kinds[row] === FLOAT : input.kinds[row] !== NONE) rows[length++] = row;
  }
  const order = await sortInSlices(rows.subarray(0, length), (a, b) => compare(input, a, b), context.slicer);
  return reorder(input, order);
}

/** By value; NaN comes last in either direction. */
function byValue(direction: 1 | -1): (block: VectorBlock, a: number, b: number) => number {
  return ({ values }, a, b) => {
    const left = values[a] ?? NaN;
    const right = values[b] ?? NaN;
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return direction * (left < right ? -1 : left > right ? 1 : 0);
  };
}

function byLabels(context: CallContext, direction: 1 | -1): (block: VectorBlock, a: number, b: number) => number {
  const names = context.call.args.slice(1).map(stringArgument);
  return ({ labels }, a, b) => {
    const left = labels[a];
    const right = labels[b];
    if (left === undefined || right === undefined) return 0;
    for (const name of names) {
      const x = left.get(name);
      const y = right.get(name);
      if (x !== y) return direction * (isNaturallyBefore(x, y) ? -1 : 1);
    }
    return direction * compareLabels(left, right);
  };
}

/** Natural order: runs of digits compare as numbers. */
export function isNaturallyBefore(a: string, b: string): boolean {
  const left = a.match(/\d+|\D+/g) ?? [''];
  const right = b.match(/\d+|\D+/g) ?? [''];
  for (let i = 0; i < left.length; i++) {
    if (i >= right.length) return false;
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    const numeric = /^\d+$/.test(x) && /^\d+$/.test(y);
    const equal = numeric ? Number(x) === Number(y) : x === y;
    if (equal) {
      if (i === left.length - 1) return true;
      if (i === right.length - 1) return false;
      continue;
    }
    return numeric ? Number(x) < Number(y) : x < y;
  }
  return false;
}

/** Changing labels, and order by labels or values. */
export const labelFunctions = [
  defineFunction({
    name: 'label_replace',
    doc: 'Sets a label from another one by a regular expression.',
    args: ['vector', 'string', 'string', 'string', 'string'],
    body: { kind: 'block', eval: labelReplace },
  }),
  defineFunction({
    name: 'label_join',
    doc: 'Sets a label to the values of others, joined.',
    args: ['vector', 'string', 'string', 'string'],
    variadic: -1,
    body: { kind: 'block', eval: labelJoin },
  }),
  defineFunction({
    name: 'sort',
    doc: 'Floats in ascending order; for instant queries only.',
    args: ['vector'],
    body: { kind: 'block', eval: (context) => sortBy(context, true, byValue(1)) },
  }),
  defineFunction({
    name: 'sort_desc',
    doc: 'Floats in descending order; for instant queries only.',
    args: ['vector'],
    body: { kind: 'block', eval: (context) => sortBy(context, true, byValue(-1)) },
  }),
  defineFunction({
    name: 'sort_by_label',
    doc: 'In natural order of labels; for instant queries only.',
    args: ['vector', 'string'],
    variadic: -1,
    experimental: true,
    body: { kind: 'block', eval: (context) => sortBy(context, false, byLabels(context, 1)) },
  }),
  defineFunction({
    name: 'sort_by_label_desc',
    doc: 'In descending natural order of labels; for instant queries only.',
    args: ['vector', 'string'],
    variadic: -1,
    experimental: true,
    body: { kind: 'block', eval: (context) => sortBy(context, false, byLabels(context, -1)) },
  }),
];
