import { Labels } from '../../domain/labels';
import { areUnique, markUnique, mergeEqualRows, relabeled, ROW_COST } from './block';
import type { Slicer, VectorBlock } from './block';
import type { QueryBudget } from './query-budget';

const namelessLists = new WeakMap<readonly Labels[], readonly Labels[]>();

/** `nameless` of a list, remembered by the list's identity. */
async function withoutNames(labels: readonly Labels[], slicer: Slicer): Promise<readonly Labels[]> {
  const known = namelessLists.get(labels);
  if (known !== undefined) return known;
  const name = labels[0]?.metricName ?? '';
  const made: Labels[] = [];
  // All of one name and without further metadata: taking it away keeps them distinct.
  let oneName = true;
  await slicer.inSlices(labels.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) {
      const own = labels[row];
      if (own === undefined) continue;
      made.push(own.nameless);
      if (oneName && (own.metricName !== name || own.has('__type__') || own.has('__unit__'))) oneName = false;
    }
  });
  if (oneName && (await areUnique(labels, slicer))) markUnique(made);
  namelessLists.set(labels, made);
  return made;
}

/**
 * Takes the metric names away: now, or by a mark that the end of the query acts upon. Rows that become equal are merged.
 */
export async function dropNames(block: VectorBlock, delayed: boolean, slicer: Slicer): Promise<VectorBlock> {
  if (delayed) return relabeled(block, block.labels, new Uint8Array(block.labels.length).fill(1));
  return mergeEqualRows(relabeled(block, await withoutNames(block.labels, slicer), undefined), slicer);
}

/** At the end of a query: takes away the names that are marked. */
export async function dropMarkedNames(block: VectorBlock, slicer: Slicer): Promise<VectorBlock> {
  const { drop } = block;
  if (drop === undefined) return mergeEqualRows(block, slicer);
  if (drop.every((marked) => marked === 1)) {
    return mergeEqualRows(relabeled(block, await withoutNames(block.labels, slicer), undefined), slicer);
  }
  const labels: Labels[] = [];
  await slicer.inSlices(drop.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) {
      const own = block.labels[row];
      if (own !== undefined) labels.push(drop[row] === 1 ? own.nameless : own);
    }
  });
  return mergeEqualRows(relabeled(block, labels, undefined), slicer);
}

/** Series put into groups. */
export interface Grouping {
  /** The group of each row. */
  readonly groupOf: Int32Array;
  readonly labels: readonly Labels[];
}

/** What a clause such as `by (job)` or `without (instance)` leaves of label sets. */
export interface LabelChoice {
  readonly names: ReadonlySet<string>;
  /** Whether the names are kept or removed. */
  readonly keeps: boolean;
}

/** Puts label sets into groups, one after the other; a group's own label set is made only once. */
export class Grouper {
  private readonly indexOf = new Map<string, number>();
  private readonly groups: Labels[] = [];

  constructor(private readonly choice: LabelChoice) {}

  /** The number of the group that a label set belongs to. */
  groupOf(labels: Labels): number {
    const { names, keeps } = this.choice;
    const { flat } = labels;
    let key = '';
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? '';
      if (names.has(name) === keeps) key += `${name}\u{ff}${flat[i + 1] ?? ''}\u{ff}`;
    }
    let group = this.indexOf.get(key);
    if (group === undefined) {
      group = this.groups.push(labels.filter((name) => names.has(name) === keeps)) - 1;
      this.indexOf.set(key, group);
    }
    return group;
  }

  /** The label sets of the groups so far. */
  get labels(): readonly Labels[] {
    return this.groups;
  }

  get size(): number {
    return this.groups.length;
  }
}

/** Groups a list of label sets. */
export async function groupBy(labels: readonly Labels[], choice: LabelChoice, budget: QueryBudget): Promise<Grouping> {
  const grouper = new Grouper(choice);
  const groupOf = new Int32Array(labels.length);
  await budget.inSlices(labels.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) groupOf[row] = grouper.groupOf(labels[row] ?? Labels.EMPTY);
  });
  markUnique(grouper.labels);
  return { groupOf, labels: grouper.labels };
}
