import { Labels, METRIC_NAME } from '../../domain/labels';
import { areUnique, markUnique, mergeEqualRows, relabeled } from './block';
import type { VectorBlock } from './block';

/** Labels that describe the metric, not the series. */
export const METADATA_LABELS: readonly string[] = [METRIC_NAME, '__type__', '__unit__'];

const nameless = new WeakMap<Labels, Labels>();

/** Without the labels that describe the metric. */
export function withoutName(labels: Labels): Labels {
  let found = nameless.get(labels);
  if (found === undefined) {
    found = labels.filter((name) => !METADATA_LABELS.includes(name));
    nameless.set(labels, found);
  }
  return found;
}

const namelessLists = new WeakMap<readonly Labels[], readonly Labels[]>();

/** `withoutName` of a list, remembered by the list's identity. */
export function withoutNames(labels: readonly Labels[]): readonly Labels[] {
  let found = namelessLists.get(labels);
  if (found === undefined) {
    found = labels.map(withoutName);
    if (areUnique(labels) && haveOneName(labels)) markUnique(found);
    namelessLists.set(labels, found);
  }
  return found;
}

/** Whether all have the same name and no further metadata, so that taking it away keeps them distinct. */
function haveOneName(labels: readonly Labels[]): boolean {
  const name = labels[0]?.metricName ?? '';
  return labels.every((own) => own.metricName === name && !own.has('__type__') && !own.has('__unit__'));
}

/**
 * Takes the metric names away: now, or by a mark that the end of the query acts upon. Rows that become equal are merged.
 */
export function dropNames(block: VectorBlock, delayed: boolean): VectorBlock {
  if (delayed) return relabeled(block, block.labels, new Uint8Array(block.labels.length).fill(1));
  return mergeEqualRows(relabeled(block, withoutNames(block.labels), undefined));
}

/** At the end of a query: takes away the names that are marked. */
export function dropMarkedNames(block: VectorBlock): VectorBlock {
  const { drop } = block;
  if (drop === undefined) return mergeEqualRows(block);
  if (drop.every((marked) => marked === 1)) {
    return mergeEqualRows(relabeled(block, withoutNames(block.labels), undefined));
  }
  const labels = block.labels.map((own, row) => (drop[row] === 1 ? withoutName(own) : own));
  return mergeEqualRows(relabeled(block, labels, undefined));
}

/** Series put into groups. */
export interface Grouping {
  /** The group of each row. */
  readonly groupOf: Int32Array;
  readonly labels: readonly Labels[];
}

/** Groups by the label sets that `keep` leaves. */
export function groupBy(labels: readonly Labels[], keep: (labels: Labels) => Labels): Grouping {
  const groupOf = new Int32Array(labels.length);
  const indexOf = new Map<string, number>();
  const groups: Labels[] = [];
  labels.forEach((own, row) => {
    const kept = keep(own);
    let group = indexOf.get(kept.key);
    if (group === undefined) {
      group = groups.push(kept) - 1;
      indexOf.set(kept.key, group);
    }
    groupOf[row] = group;
  });
  markUnique(groups);
  return { groupOf, labels: groups };
}
