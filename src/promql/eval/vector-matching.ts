import { Labels } from '../../domain/labels';
import type { NativeHistogram } from '../../domain/histogram';
import type { Binary, VectorMatching } from '../ast';
import { isComparison } from '../check';
import { PromqlExecutionError } from '../errors';
import { quote } from '../syntax/strings';
import { areUnique, FLOAT, markUnique, NONE, ROW_COST, setCell, sampleAt } from './block';
import type { VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { changesMeaning, comparison, mixedOperation, scalarOperation, StepRemarks } from './operators';
import type { Remark } from './operators';
import { matchingLabels, signaturesOf } from './signatures';
import type { Signatures } from './signatures';

/** What finding a partner for one row at one step costs, in cells. */
const PAIR_COST = 64;

const ALL_LABELS: VectorMatching = { cardinality: 'one-to-one', on: false, labels: [], include: [] };

/** How the rows of two sides go together; worked out once per pair of label lists. */
interface MatchPlan {
  readonly signatures: Signatures;
  /** Set when no step can find two partners: pairs of rows and the labels of their results. */
  readonly pairs:
    { readonly many: Int32Array; readonly one: Int32Array; readonly labels: readonly Labels[] } | undefined;
}

/** An arithmetic operation or comparison of two vectors. The side that may have several rows per match is "many". */
export async function evalMatched(
  environment: QueryEnvironment,
  node: Binary,
  left: VectorBlock,
  right: VectorBlock,
): Promise<VectorBlock> {
  const matching = node.matching ?? ALL_LABELS;
  const swapped = matching.cardinality === 'one-to-many';
  const [many, one] = swapped ? [right, left] : [left, right];
  const plan = await environment.remember(node, [left.labels, right.labels], () =>
    planMatch(environment, node, matching, many.labels, one.labels),
  );
  const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined;
  const output =
    plan.pairs === undefined || filled
      ? await new StepwiseMatch(environment, node, matching, many, one, swapped, plan.signatures).run()
      : await runPairs(environment, node, many, one, swapped, plan.pairs);
  if (node.bool && environment.delayed) output.drop = new Uint8Array(output.labels.length).fill(1);
  return output;
}

async function planMatch(
  environment: QueryEnvironment,
  node: Binary,
  matching: VectorMatching,
  many: readonly Labels[],
  one: readonly Labels[],
): Promise<MatchPlan> {
  const { budget } = environment;
  const signatures = await signaturesOf(matching, many, one, budget);
  const rowOf = new Int32Array(signatures.count).fill(-1);
  for (let row = 0; row < one.length; row++) {
    const signature = signatures.right[row] ?? 0;
    if (rowOf[signature] !== -1) return { signatures, pairs: undefined };
    rowOf[signature] = row;
  }
  const seen = new Uint8Array(signatures.count);
  const pairs: { many: number[]; one: number[]; labels: Labels[] } = { many: [], one: [], labels: [] };
  let ambiguous = false;
  await budget.inSlices(many.length, ROW_COST, (from, to) => {
    for (let row = from; row < to && !ambiguous; row++) {
      const signature = signatures.left[row] ?? 0;
      const partner = rowOf[signature] ?? -1;
      const [own, other] = [many[row], one[partner]];
      if (own === undefined || other === undefined) continue;
      if (matching.cardinality === 'one-to-one' && seen[signature] === 1) ambiguous = true;
      seen[signature] = 1;
      pairs.many.push(row);
      pairs.one.push(partner);
      pairs.labels.push(resultLabels(environment, node, matching, own, other));
    }
  });
  if (ambiguous) return { signatures, pairs: undefined };
  if (!(await areUnique(pairs.labels, budget))) return { signatures, pairs: undefined };
  markUnique(pairs.labels);
  return {
    signatures,
    pairs: { many: new Int32Array(pairs.many), one: new Int32Array(pairs.one), labels: pairs.labels },
  };
}

function resultLabels(
  { delayed }: QueryEnvironment,
  node: Binary,
  matching: VectorMatching,
  many: Labels,
  one: Labels,
): Labels {
  let labels = (node.bool && !delayed) || changesMeaning(node.op) ? many.nameless : many;
  if (matching.cardinality === 'one-to-one') {
    labels = matching.on ? labels.only(...matching.labels) : labels.without(...matching.labels);
  }
  if (matching.include.length === 0) return labels;
  return labels.with(Object.fromEntries(matching.include.map((name) => [name, one.get(name)])));
}

async function runPairs(
  environment: QueryEnvironment,
  node: Binary,
  many: VectorBlock,
  one: VectorBlock,
  swapped: boolean,
  pairs: NonNullable<MatchPlan['pairs']>,
): Promise<VectorBlock> {
  const { steps } = many;
  const output = environment.newVector(pairs.labels, steps);
  const [left, right] = swapped ? [one, many] : [many, one];
  const [leftRows, rightRows] = swapped ? [pairs.one, pairs.many] : [pairs.many, pairs.one];
  const compares = isComparison(node.op);
  const compare = comparison(node.op);
  const operation = scalarOperation(node.op);
  const trims = node.op === '</' || node.op === '>/';
  const remarks = new StepRemarks();
  await environment.budget.inSlices(leftRows.length, steps, (from, to) => {
    for (let pair = from; pair < to; pair++) {
      const leftBase = (leftRows[pair] ?? 0) * steps;
      const rightBase = (rightRows[pair] ?? 0) * steps;
      for (let step = 0; step < steps; step++) {
        const leftKind = left.kinds[leftBase + step] ?? NONE;
        const rightKind = right.kinds[rightBase + step] ?? NONE;
        if (leftKind === NONE || rightKind === NONE) continue;
        const cell = pair * steps + step;
        if (leftKind === FLOAT && rightKind === FLOAT && !trims) {
          const x = left.values[leftBase + step] ?? NaN;
          const y = right.values[rightBase + step] ?? NaN;
          if (compares) {
            const keep = compare(x, y);
            if (!keep && !node.bool) continue;
            output.values[cell] = node.bool ? Number(keep) : x;
          } else {
            output.values[cell] = operation(x, y);
          }
          output.kinds[cell] = FLOAT;
          continue;
        }
        const x = sampleAt(left, leftBase + step);
        const outcome = operate(node, x, sampleAt(right, rightBase + step), remarks.at(step));
        if (outcome !== undefined && outcome !== 'dropped') setCell(output, cell, outcome);
      }
    }
  });
  remarks.tell(environment.notes, node);
  return output;
}

/** The result of one pair; 'dropped' when a comparison fails, undefined when the kinds do not go together. */
function operate(
  node: Binary,
  left: number | NativeHistogram,
  right: number | NativeHistogram,
  remark: Remark,
): number | NativeHistogram | 'dropped' | undefined {
  if (typeof left === 'number' && typeof right === 'number' && node.op !== '</' && node.op !== '>/') {
    if (!isComparison(node.op)) return scalarOperation(node.op)(left, right);
    const keep = comparison(node.op)(left, right);
    if (node.bool) return Number(keep);
    return keep ? left : 'dropped';
  }
  const { result, keep } = mixedOperation(node.op, left, right, remark);
  if (result === undefined) return undefined;
  if (node.bool) return Number(keep);
  return keep ? result : 'dropped';
}

/** Labels as Prometheus prints them in errors: name and all in braces. */
function labelsText(labels: Labels): string {
  return `{${[...labels].map(([name, value]) => `${name}=${quote(value)}`).join(', ')}}`;
}

/** The general case: partners are found anew at each step, since several rows may be one's partner at different times. */
class StepwiseMatch {
  private readonly rowOf = new Map<string, number>();
  private readonly labels: Labels[] = [];
  private readonly cells = new Map<number, number | NativeHistogram>();
  private readonly remarks = new StepRemarks();

  constructor(
    private readonly environment: QueryEnvironment,
    private readonly node: Binary,
    private readonly matching: VectorMatching,
    private readonly many: VectorBlock,
    private readonly one: VectorBlock,
    private readonly swapped: boolean,
    private readonly signatures: Signatures,
  ) {}

  async run(): Promise<VectorBlock> {
    const { steps } = this.many;
    for (let step = 0; step < steps; step++) await this.step(step);
    this.remarks.tell(this.environment.notes, this.node);
    markUnique(this.labels);
    const output = this.environment.newVector(this.labels, steps);
    for (const [cell, value] of this.cells) setCell(output, cell, value);
    return output;
  }

  private rowsAt(block: VectorBlock, step: number): number[] {
    const rows: number[] = [];
    for (let row = 0; row < block.labels.length; row++) {
      if (block.kinds[row * block.steps + step] !== NONE) rows.push(row);
    }
    return rows;
  }

  private async step(step: number): Promise<void> {
    const { budget } = this.environment;
    const { fillLeft, fillRight } = this.matching;
    const [fillMany, fillOne] = this.swapped ? [fillRight, fillLeft] : [fillLeft, fillRight];
    const manyRows = this.rowsAt(this.many, step);
    const oneRows = this.rowsAt(this.one, step);
    const oneEmpty = manyRows.length === 0 || oneRows.length === 0;
    if (oneEmpty && ((fillMany === undefined && fillOne === undefined) || manyRows.length + oneRows.length === 0))
      return;
    const partnerOf = new Map<number, number>();
    for (const row of oneRows) {
      const signature = this.signatures.right[row] ?? 0;
      const other = partnerOf.get(signature);
      if (other !== undefined) this.duplicate(row, other);
      partnerOf.set(signature, row);
    }
    const matched = new Map<number, Set<string>>();
    const pairMany = (row: number): void => {
      const signature = this.signatures.left[row] ?? 0;
      const partner = partnerOf.get(signature);
      if (partner === undefined && fillOne === undefined) return;
      const own = this.many.labels[row] ?? Labels.EMPTY;
      const other =
        partner === undefined ? matchingLabels(this.matching)(own) : (this.one.labels[partner] ?? Labels.EMPTY);
      const value = partner === undefined ? (fillOne ?? NaN) : sampleAt(this.one, partner * this.one.steps + step);
      this.pair(step, signature, matched, own, sampleAt(this.many, row * this.many.steps + step), other, value);
    };
    await budget.inSlices(manyRows.length, PAIR_COST, (from, to) => {
      for (let i = from; i < to; i++) pairMany(manyRows[i] ?? 0);
    });
    if (budget.isSliceOver) await budget.giveWay();
    if (fillMany === undefined) return;
    await budget.inSlices(oneRows.length, PAIR_COST, (from, to) => {
      for (let i = from; i < to; i++) {
        const row = oneRows[i] ?? 0;
        const signature = this.signatures.right[row] ?? 0;
        if (matched.has(signature)) continue;
        const other = this.one.labels[row] ?? Labels.EMPTY;
        const own = matchingLabels(this.matching)(other);
        const value = sampleAt(this.one, row * this.one.steps + step);
        this.pair(step, signature, matched, own, fillMany, other, value);
      }
    });
  }

  private pair(
    step: number,
    signature: number,
    matched: Map<number, Set<string>>,
    own: Labels,
    manyValue: number | NativeHistogram,
    other: Labels,
    oneValue: number | NativeHistogram,
  ): void {
    const [left, right] = this.swapped ? [oneValue, manyValue] : [manyValue, oneValue];
    const outcome = operate(this.node, left, right, this.remarks.at(step));
    if (outcome === undefined) return;
    const labels = resultLabels(this.environment, this.node, this.matching, own, other);
    const results = matched.get(signature) ?? new Set<string>();
    if (this.matching.cardinality === 'one-to-one' && results.size > 0) {
      throw new PromqlExecutionError(
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
    }
    if (results.has(labels.key)) {
      throw new PromqlExecutionError('multiple matches for labels: grouping labels must ensure unique matches');
    }
    results.add(labels.key);
    matched.set(signature, results);
    if (outcome === 'dropped') return;
    let row = this.rowOf.get(labels.key);
    if (row === undefined) {
      row = this.labels.push(labels) - 1;
      this.rowOf.set(labels.key, row);
    }
    const cell = row * this.many.steps + step;
    if (this.cells.has(cell)) {
      throw new PromqlExecutionError('vector cannot contain metrics with the same labelset');
    }
    this.cells.set(cell, outcome);
  }

  private duplicate(row: number, other: number): never {
    const own = this.one.labels[row] ?? Labels.EMPTY;
    const group = matchingLabels(this.matching)(own);
    const [first, second] = [labelsText(own), labelsText(this.one.labels[other] ?? Labels.EMPTY)].sort();
    throw new PromqlExecutionError(
      `found duplicate series for the match group ${labelsText(group)} on the ${this.swapped ? 'left' : 'right'} hand-side of the operation: [${first ?? ''}, ${second ?? ''}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
}
