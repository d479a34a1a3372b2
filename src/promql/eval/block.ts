import type { EpochMillis, Millis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import { PromqlExecutionError } from '../errors';
import type { QueryBudget } from './query-budget';

/** The instants of an evaluation: start, start + step … `count` of them. */
export interface Steps {
  readonly start: EpochMillis;
  readonly step: Millis;
  readonly count: number;
  /** End of the range asked for, which need not be a step; absent when the last step is the end. */
  readonly end?: EpochMillis;
}

/** What a cell of a block holds. */
export const NONE = 0;
/** The cell is a number. */
export const FLOAT = 1;
/** The cell is a native histogram. */
export const HISTOGRAM = 2;

/**
 * An instant vector over steps: a table with a row per series and a column per step, row by row in one array. Rows may be
 * empty; label arrays are never changed once in a block, so that their identity can serve as a key of caches.
 */
export interface VectorBlock {
  readonly type: 'vector';
  readonly labels: readonly Labels[];
  readonly steps: number;
  readonly values: Float64Array;
  /** NONE, FLOAT or HISTOGRAM per cell. */
  readonly kinds: Uint8Array;
  /** By cell; absent while no cell is a histogram. */
  histograms: (NativeHistogram | undefined)[] | undefined;
  /** Rows that lose their metric name at the end of the query. */
  drop: Uint8Array | undefined;
}

/** A scalar over steps. */
export interface ScalarBlock {
  readonly type: 'scalar';
  readonly values: Float64Array;
}

/** A string. */
export interface StringBlock {
  readonly type: 'string';
  readonly value: string;
}

/** What an expression came to. */
export type Block = VectorBlock | ScalarBlock | StringBlock;

/** An empty table for these series. */
export function newVector(labels: readonly Labels[], steps: number): VectorBlock {
  const cells = labels.length * steps;
  return {
    type: 'vector',
    labels,
    steps,
    values: new Float64Array(cells),
    kinds: new Uint8Array(cells),
    histograms: undefined,
    drop: undefined,
  };
}

/** Puts a number or histogram into a cell; nothing when undefined. */
export function setCell(block: VectorBlock, cell: number, value: number | NativeHistogram | undefined): void {
  if (value === undefined) return;
  if (typeof value === 'number') {
    block.values[cell] = value;
    block.kinds[cell] = FLOAT;
  } else {
    setHistogram(block, cell, value);
  }
}

/** Puts a histogram into a cell. */
export function setHistogram(block: VectorBlock, cell: number, histogram: NativeHistogram): void {
  block.histograms ??= new Array<NativeHistogram | undefined>(block.kinds.length);
  block.histograms[cell] = histogram;
  block.kinds[cell] = HISTOGRAM;
}

/** What a cell holds. */
export function sampleAt(block: VectorBlock, cell: number): number | NativeHistogram {
  const histogram = block.kinds[cell] === HISTOGRAM ? block.histograms?.[cell] : undefined;
  return histogram ?? block.values[cell] ?? NaN;
}

/** Copies a cell as it is. */
export function copyCell(from: VectorBlock, cell: number, to: VectorBlock, target: number): void {
  const kind = from.kinds[cell] ?? NONE;
  if (kind === FLOAT) {
    to.values[target] = from.values[cell] ?? NaN;
    to.kinds[target] = FLOAT;
  } else if (kind === HISTOGRAM) {
    const histogram = from.histograms?.[cell];
    if (histogram !== undefined) setHistogram(to, target, histogram);
  }
}

/** The same cells under other labels; the cells are shared. */
export function relabeled(block: VectorBlock, labels: readonly Labels[], drop: Uint8Array | undefined): VectorBlock {
  return { ...block, labels, drop };
}

/** One column repeated over `count` steps. */
export function broadcast(block: Block, count: number): Block {
  if (block.type === 'string' || count === 1) return block;
  if (block.type === 'scalar') return { type: 'scalar', values: new Float64Array(count).fill(block.values[0] ?? NaN) };
  const wide = newVector(block.labels, count);
  wide.drop = block.drop;
  for (let row = 0; row < block.labels.length; row++) {
    const kind = block.kinds[row] ?? NONE;
    if (kind === NONE) continue;
    const from = row * count;
    wide.values.fill(block.values[row] ?? NaN, from, from + count);
    wide.kinds.fill(kind, from, from + count);
    if (kind === HISTOGRAM) {
      wide.histograms ??= new Array<NativeHistogram | undefined>(wide.kinds.length);
      wide.histograms.fill(block.histograms?.[row], from, from + count);
    }
  }
  return wide;
}

const UNIQUE = new WeakMap<readonly Labels[], boolean>();

/** Notes that no two label sets of the list are equal. */
export function markUnique(labels: readonly Labels[]): void {
  UNIQUE.set(labels, true);
}

/** What looking at a label set costs, in cells. */
export const ROW_COST = 16;

/** What gives way to other work in between. */
export type Slicer = Pick<QueryBudget, 'inSlices'>;

/** Whether no two label sets of the list are equal; remembered by the list's identity. */
export async function areUnique(labels: readonly Labels[], slicer: Slicer): Promise<boolean> {
  if (labels.length < 2) return true;
  const known = UNIQUE.get(labels);
  if (known !== undefined) return known;
  const keys = new Set<string>();
  await slicer.inSlices(labels.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) keys.add(labels[row]?.key ?? '');
  });
  const unique = keys.size === labels.length;
  UNIQUE.set(labels, unique);
  return unique;
}

/** Makes rows with equal labels one. @throws PromqlExecutionError where two of them have a sample at one step. */
export async function mergeEqualRows(block: VectorBlock, slicer: Slicer): Promise<VectorBlock> {
  if (await areUnique(block.labels, slicer)) return block;
  const { steps } = block;
  const rowOf = new Map<string, number>();
  const labels: Labels[] = [];
  const targets = new Int32Array(block.labels.length);
  await slicer.inSlices(targets.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) {
      const own = block.labels[row];
      if (own === undefined) continue;
      let target = rowOf.get(own.key);
      if (target === undefined) {
        target = labels.push(own) - 1;
        rowOf.set(own.key, target);
      }
      targets[row] = target;
    }
  });
  markUnique(labels);
  const merged = newVector(labels, steps);
  if (block.drop !== undefined) merged.drop = new Uint8Array(labels.length);
  await slicer.inSlices(targets.length, steps, (first, last) => {
    for (let row = first; row < last; row++) {
      const target = targets[row] ?? 0;
      if (merged.drop !== undefined && block.drop?.[row] === 1) merged.drop[target] = 1;
      for (let step = 0; step < steps; step++) {
        const cell = row * steps + step;
        if (block.kinds[cell] === NONE) continue;
        const to = target * steps + step;
        if (merged.kinds[to] !== NONE) {
          throw new PromqlExecutionError('vector cannot contain metrics with the same labelset');
        }
        copyCell(block, cell, merged, to);
      }
    }
  });
  return merged;
}
