import { Labels, METADATA_LABELS } from '../../domain/labels';
import type { Aggregate } from '../ast';
import { PromqlExecutionError } from '../errors';
import { stringArgument } from '../functions/arguments';
import { isLabelName } from '../functions/labels';
import { histogramText } from '../histogram/text';
import { quote } from '../syntax/strings';
import { FLOAT, HISTOGRAM, markUnique, NONE, ROW_COST } from './block';
import type { VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { formatFloat } from './format';
import { Grouper } from './label-maps';

/** Counts how many series have each value; the value becomes a label. */
export async function countValues(
  environment: QueryEnvironment,
  node: Aggregate,
  input: VectorBlock,
): Promise<VectorBlock> {
  const label = stringArgument(node.param);
  if (!isLabelName(label)) throw new PromqlExecutionError(`invalid label name ${quote(label)}`);
  const { steps } = input;
  const { without, grouping } = node;
  // The label that takes the value replaces one of that name.
  const grouper = new Grouper(
    without
      ? { names: new Set([...METADATA_LABELS, ...grouping, label]), keeps: false }
      : { names: new Set(grouping.filter((name) => name !== label)), keeps: true },
  );
  const shown = !without || ![...METADATA_LABELS, ...grouping].includes(label);
  const rowOf = new Map<string, number>();
  const rows: Labels[] = [];
  const counts: Map<number, number>[] = [];
  let owner = -1;
  let group = 0;
  await environment.budget.inSlices(input.kinds.length, ROW_COST, (from, to) => {
    for (let cell = from; cell < to; cell++) {
      const kind = input.kinds[cell] ?? NONE;
      if (kind === NONE) continue;
      const row = Math.floor(cell / steps);
      if (row !== owner) {
        owner = row;
        group = grouper.groupOf(input.labels[row] ?? Labels.EMPTY);
      }
      const histogram = kind === HISTOGRAM ? input.histograms?.[cell] : undefined;
      const value = histogram === undefined ? formatFloat(input.values[cell] ?? NaN) : histogramText(histogram);
      const key = shown ? `${group} ${value}` : String(group);
      let target = rowOf.get(key);
      if (target === undefined) {
        const base = grouper.labels[group] ?? Labels.EMPTY;
        target = rows.push(shown ? base.with({ [label]: value }) : base) - 1;
        rowOf.set(key, target);
        counts.push(new Map());
      }
      const step = cell % steps;
      counts[target]?.set(step, (counts[target]?.get(step) ?? 0) + 1);
    }
  });
  markUnique(rows);
  const output = environment.newVector(rows, steps);
  await environment.budget.inSlices(rows.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) {
      for (const [step, count] of counts[row] ?? []) {
        output.values[row * steps + step] = count;
        output.kinds[row * steps + step] = FLOAT;
      }
    }
  });
  return output;
}
