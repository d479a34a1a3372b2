import type { Labels } from '../../domain/labels';
import type { Aggregate } from '../ast';
import { PromqlExecutionError } from '../errors';
import { stringArgument } from '../functions/arguments';
import { isLabelName } from '../functions/labels';
import { histogramText } from '../histogram/text';
import { quote } from '../syntax/strings';
import { FLOAT, HISTOGRAM, NONE } from './block';
import type { VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { formatFloat } from './format';
import { METADATA_LABELS } from './label-maps';

/** Counts how many series have each value; the value becomes a label. */
export function countValues(environment: QueryEnvironment, node: Aggregate, input: VectorBlock): VectorBlock {
  const label = stringArgument(node.param);
  if (!isLabelName(label)) throw new PromqlExecutionError(`invalid label name ${quote(label)}`);
  const removed = new Set([...METADATA_LABELS, ...node.grouping]);
  const kept = new Set([...node.grouping, label]);
  const keep = (labels: Labels): Labels =>
    labels.filter((name) => (node.without ? !removed.has(name) : kept.has(name)));
  const rowOf = new Map<string, number>();
  const rows: Labels[] = [];
  const counts: Map<number, number>[] = [];
  for (let cell = 0; cell < input.kinds.length; cell++) {
    const kind = input.kinds[cell] ?? NONE;
    if (kind === NONE) continue;
    const labels = input.labels[Math.floor(cell / input.steps)];
    const histogram = kind === HISTOGRAM ? input.histograms?.[cell] : undefined;
    const value = histogram === undefined ? formatFloat(input.values[cell] ?? NaN) : histogramText(histogram);
    if (labels === undefined) continue;
    const group = keep(labels.with({ [label]: value }));
    let row = rowOf.get(group.key);
    if (row === undefined) {
      row = rows.push(group) - 1;
      rowOf.set(group.key, row);
      counts.push(new Map());
    }
    const step = cell % input.steps;
    counts[row]?.set(step, (counts[row]?.get(step) ?? 0) + 1);
  }
  const output = environment.newVector(rows, input.steps);
  counts.forEach((bySteps, row) => {
    for (const [step, count] of bySteps) {
      output.values[row * input.steps + step] = count;
      output.kinds[row * input.steps + step] = FLOAT;
    }
  });
  return output;
}
