import type { Aggregate } from '../ast';
import { PromqlExecutionError } from '../errors';
import { reorder } from '../functions/labels';
import { FLOAT, HISTOGRAM, NONE } from './block';
import type { VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { formatG } from './format';
import { samplingOffset } from './hash';
import type { Grouping } from './label-maps';

/** `topk`, `bottomk`, `limitk` and `limit_ratio`: aggregations that keep some rows as they are. */
export async function selectRows(
  environment: QueryEnvironment,
  node: Aggregate,
  input: VectorBlock,
  { groupOf, labels: groups }: Grouping,
  params: Float64Array,
): Promise<VectorBlock> {
  const nothing = (): VectorBlock => environment.newVector([], input.steps);
  if (!checkParams(environment, node, params)) return nothing();
  const kinds = new Uint8Array(input.kinds.length);
  const orders: number[][] = [];
  const { budget } = environment;
  for (let step = 0; step < input.steps; step++) {
    if (step > 0 && budget.isSliceOver) await budget.giveWay();
    const param = params[step] ?? NaN;
    const chosen =
      node.op === 'limit_ratio'
        ? byRatio(input, step, param)
        : byCount(environment, node, input, groupOf, groups.length, step, param);
    orders.push(chosen);
    for (const row of chosen) kinds[row * input.steps + step] = input.kinds[row * input.steps + step] ?? NONE;
  }
  const selected: VectorBlock = { ...input, kinds };
  // An instant query keeps the order of the result.
  return input.steps === 1 ? reorder(selected, orders[0] ?? []) : selected;
}

/** False when nothing can be chosen at any step. @throws PromqlExecutionError */
function checkParams({ notes }: QueryEnvironment, node: Aggregate, params: Float64Array): boolean {
  const numbers = params.filter((param) => !Number.isNaN(param));
  const most = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const least = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const hasNan = numbers.length < params.length;
  const place = node.param ?? node;
  if (node.op === 'limit_ratio') {
    if (!hasNan && most === 0 && least === 0) return false;
    if (hasNan) throw new PromqlExecutionError('Ratio value is NaN');
    if (most > 1) notes.invalidRatio(most, 1, place);
    if (least < -1) notes.invalidRatio(least, -1, place);
    return true;
  }
  if (!hasNan && most < 1) return false;
  if (hasNan) throw new PromqlExecutionError('Parameter value is NaN');
  if (least <= -(2 ** 63)) throw new PromqlExecutionError(`Scalar value ${formatG(least)} underflows int64`);
  if (most >= 2 ** 63) throw new PromqlExecutionError(`Scalar value ${formatG(most)} overflows int64`);
  return true;
}

function byRatio(input: VectorBlock, step: number, param: number): number[] {
  const ratio = Math.max(-1, Math.min(1, param));
  if (ratio === 0) return [];
  const chosen: number[] = [];
  input.labels.forEach((labels, row) => {
    if (input.kinds[row * input.steps + step] === NONE) return;
    const offset = samplingOffset(labels);
    if (ratio >= 0 ? offset < ratio : offset >= 1 + ratio) chosen.push(row);
  });
  return chosen;
}

function byCount(
  environment: QueryEnvironment,
  node: Aggregate,
  input: VectorBlock,
  groupOf: Int32Array,
  groupCount: number,
  step: number,
  param: number,
): number[] {
  const k = Math.min(Math.trunc(param), input.labels.length);
  if (k < 1) return [];
  const heaps: (Heap | undefined)[] = new Array<Heap | undefined>(groupCount);
  const direction = node.op === 'bottomk' ? -1 : 1;
  for (let row = 0; row < input.labels.length; row++) {
    const cell = row * input.steps + step;
    const kind = input.kinds[cell] ?? NONE;
    if (kind === NONE) continue;
    if (kind === HISTOGRAM && node.op !== 'limitk') {
      environment.notes.ignoredInAggregation(node.op, node);
      continue;
    }
    const group = groupOf[row] ?? 0;
    const heap = (heaps[group] ??= new Heap(k, direction));
    if (node.op === 'limitk') heap.append(row);
    else heap.offer(row, kind === FLOAT ? (input.values[cell] ?? NaN) : NaN);
  }
  return heaps.flatMap((heap) => (heap === undefined ? [] : node.op === 'limitk' ? heap.rows : heap.sorted()));
}

/** The k best, the worst of them on top; among equals the one in place stays. */
class Heap {
  readonly rows: number[] = [];
  private readonly values: number[] = [];

  /** @param direction 1 keeps the largest, -1 the smallest. */
  constructor(
    private readonly size: number,
    private readonly direction: 1 | -1,
  ) {}

  append(row: number): void {
    if (this.rows.length < this.size) this.rows.push(row);
  }

  offer(row: number, value: number): void {
    if (this.rows.length < this.size) {
      this.rows.push(row);
      this.values.push(value);
      this.up(this.rows.length - 1);
      return;
    }
    const worst = this.values[0] ?? NaN;
    const better = this.direction === 1 ? worst < value : worst > value;
    if (better || (Number.isNaN(worst) && !Number.isNaN(value))) {
      this.rows[0] = row;
      this.values[0] = value;
      this.down();
    }
  }

  /** The best first, NaN last. */
  sorted(): number[] {
    const order = this.rows.map((_, i) => i);
    order.sort((a, b) => {
      const x = this.values[a] ?? NaN;
      const y = this.values[b] ?? NaN;
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return this.direction * (x > y ? -1 : x < y ? 1 : 0);
    });
    return order.map((i) => this.rows[i] ?? 0);
  }

  private isBefore(i: number, j: number): boolean {
    const x = this.values[i] ?? NaN;
    const y = this.values[j] ?? NaN;
    return Number.isNaN(x) || (this.direction === 1 ? x < y : x > y);
  }

  private swap(i: number, j: number): void {
    const { rows, values } = this;
    [rows[i], rows[j]] = [rows[j] ?? 0, rows[i] ?? 0];
    [values[i], values[j]] = [values[j] ?? NaN, values[i] ?? NaN];
  }

  private up(from: number): void {
    for (let j = from; j > 0;) {
      const parent = (j - 1) >> 1;
      if (!this.isBefore(j, parent)) return;
      this.swap(parent, j);
      j = parent;
    }
  }

  private down(): void {
    const { length } = this.rows;
    for (let i = 0; ;) {
      let child = 2 * i + 1;
      if (child >= length) return;
      if (child + 1 < length && this.isBefore(child + 1, child)) child++;
      if (!this.isBefore(child, i)) return;
      this.swap(i, child);
      i = child;
    }
  }
}
