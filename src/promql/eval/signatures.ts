import { Labels, METADATA_LABELS } from '../../domain/labels';
import type { VectorMatching } from '../ast';
import { ROW_COST } from './block';
import { Grouper } from './label-maps';
import type { QueryBudget } from './query-budget';

/** The matching labels of both sides, as small numbers. */
export interface Signatures {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly count: number;
}

/** What of a label set takes part in the matching. */
export function matchingLabels({ on, labels }: VectorMatching): (own: Labels) => Labels {
  if (on) {
    const kept = new Set(labels);
    return (own) => own.filter((name) => kept.has(name));
  }
  const removed = new Set([...METADATA_LABELS, ...labels]);
  return (own) => own.filter((name) => !removed.has(name));
}

/** Numbers the signatures of two sides. */
export async function signaturesOf(
  matching: VectorMatching,
  left: readonly Labels[],
  right: readonly Labels[],
  budget: QueryBudget,
): Promise<Signatures> {
  const { on, labels } = matching;
  const grouper = new Grouper(
    on ? { names: new Set(labels), keeps: true } : { names: new Set([...METADATA_LABELS, ...labels]), keeps: false },
  );
  const number = async (side: readonly Labels[]): Promise<Int32Array> => {
    const numbers = new Int32Array(side.length);
    await budget.inSlices(side.length, ROW_COST, (from, to) => {
      for (let row = from; row < to; row++) numbers[row] = grouper.groupOf(side[row] ?? Labels.EMPTY);
    });
    return numbers;
  };
  const leftNumbers = await number(left);
  const rightNumbers = await number(right);
  return { left: leftNumbers, right: rightNumbers, count: grouper.size };
}
