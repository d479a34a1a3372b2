import type { NativeHistogram } from '../../domain/histogram';
import { METADATA_LABELS } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import type { Aggregate } from '../ast';
import { PromqlExecutionError } from '../errors';
import { HistogramMean, ResetHints } from '../functions/histogram-sums';
import { HistogramSum, IncompatibleSchemaError } from '../histogram/arithmetic';
import { readonlyForm } from '../histogram/float-histogram';
import { FLOAT, HISTOGRAM, NONE, setHistogram } from './block';
import type { Steps, VectorBlock } from './block';
import { countValues } from './count-values';
import type { QueryEnvironment } from './environment';
import { groupBy } from './label-maps';
import type { Grouping, LabelChoice } from './label-maps';
import { isInfinite, KahanSum, quantileOf } from './numbers';
import type { PartEvaluator } from './range-call';
import { selectRows } from './select-rows';

/** Evaluates an aggregation. */
export async function evalAggregate(parts: PartEvaluator, node: Aggregate, steps: Steps): Promise<VectorBlock> {
  const { environment } = parts;
  if (node.op === 'count_values') return countValues(environment, node, await parts.vector(node.expr, steps));
  const param = node.param === undefined ? undefined : await parts.scalar(node.param, steps);
  const input = await parts.vector(node.expr, steps);
  const grouping = await environment.remember(node, [input.labels], () =>
    groupBy(input.labels, choiceOf(node), environment.budget),
  );
  if (environment.budget.isSliceOver) await environment.budget.giveWay();
  switch (node.op) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
      return selectRows(environment, node, input, grouping, param ?? new Float64Array(steps.count));
    default:
      return new Aggregation(environment, node, input, grouping, param).run();
  }
}

/** What the clause of an aggregation leaves of label sets. */
export function choiceOf({ grouping, without }: Pick<Aggregate, 'grouping' | 'without'>): LabelChoice {
  return without
    ? { names: new Set([...METADATA_LABELS, ...grouping]), keeps: false }
    : { names: new Set(grouping), keeps: true };
}

class Aggregation {
  private readonly output: VectorBlock;
  private readonly count: number;

  constructor(
    private readonly environment: QueryEnvironment,
    private readonly node: Aggregate,
    private readonly input: VectorBlock,
    private readonly grouping: Grouping,
    private readonly param: Float64Array | undefined,
  ) {
    this.count = input.steps;
    this.output = environment.newVector(grouping.labels, input.steps);
    this.output.drop = this.dropOfGroups();
  }

  async run(): Promise<VectorBlock> {
    switch (this.node.op) {
      case 'sum':
        await this.sum();
        break;
      case 'avg':
        await this.average();
        break;
      case 'min':
        await this.extreme((value, best) => best > value);
        break;
      case 'max':
        await this.extreme((value, best) => best < value);
        break;
      case 'count':
        await this.eachSample((cell) => {
          this.output.values[cell] = (this.output.values[cell] ?? 0) + 1;
          this.output.kinds[cell] = FLOAT;
        });
        break;
      case 'group':
        await this.eachSample((cell) => {
          this.output.values[cell] = 1;
          this.output.kinds[cell] = FLOAT;
        });
        break;
      case 'stddev':
      case 'stdvar':
        await this.deviation();
        break;
      case 'quantile':
        await this.quantile();
        break;
      default:
        throw new PromqlExecutionError(`unknown aggregation ${this.node.op}`);
    }
    return this.output;
  }

  private dropOfGroups(): Uint8Array | undefined {
    const { drop } = this.input;
    if (drop === undefined) return undefined;
    const groups = new Uint8Array(this.grouping.labels.length);
    this.grouping.groupOf.forEach((group, row) => {
      if (drop[row] === 1) groups[group] = 1;
    });
    return groups;
  }

  /** Calls `visit` with the group's cell and the input's cell of each sample. */
  private eachSample(visit: (cell: number, from: number, kind: number) => void): Promise<void> {
    const { kinds } = this.input;
    const { groupOf } = this.grouping;
    return this.environment.budget.inSlices(groupOf.length, this.count, (first, last) => {
      for (let row = first; row < last; row++) {
        const base = (groupOf[row] ?? 0) * this.count;
        const fromBase = row * this.count;
        for (let step = 0; step < this.count; step++) {
          const kind = kinds[fromBase + step] ?? NONE;
          if (kind !== NONE) visit(base + step, fromBase + step, kind);
        }
      }
    });
  }

  /** As `eachSample` for floats; histograms are left out with a note. */
  private eachFloat(visit: (cell: number, value: number) => void): Promise<void> {
    const { values } = this.input;
    return this.eachSample((cell, from, kind) => {
      if (kind === FLOAT) visit(cell, values[from] ?? NaN);
      else this.environment.notes.ignoredInAggregation(this.node.op, this.node.expr);
    });
  }

  private async sum(): Promise<void> {
    const { values, kinds } = this.output;
    const compensation = new Float64Array(values.length);
    const input = this.input.values;
    const withHistograms = this.input.histograms !== undefined;
    const histograms = new HistogramGroups(this.environment, this.node, (first) => new HistogramSum(first.copy()));
    await this.eachSample((cell, from, kind) => {
      if (kind === FLOAT) {
        if (withHistograms && histograms.isIncompatible(cell)) return;
        const value = input[from] ?? NaN;
        if (kinds[cell] === NONE) {
          // The first one as it is: 0 + -0 would be 0.
          values[cell] = value;
          kinds[cell] = FLOAT;
          return;
        }
        const sum = values[cell] ?? 0;
        const total = sum + value;
        if (total === Infinity || total === -Infinity) compensation[cell] = 0;
        else if (Math.abs(sum) >= Math.abs(value))
          compensation[cell] = (compensation[cell] ?? 0) + (sum - total + value);
        else compensation[cell] = (compensation[cell] ?? 0) + (value - total + sum);
        values[cell] = total;
        return;
      }
      histograms.add(cell, this.input.histograms?.[from], this.labelsAt(from));
    });
    await this.environment.budget.inSlices(values.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) {
        if (compensation[cell] !== 0) values[cell] = (values[cell] ?? 0) + (compensation[cell] ?? 0);
      }
    });
    if (withHistograms) histograms.finish(this.output, (sum) => sum.total.compact().toNative());
  }

  private async average(): Promise<void> {
    const { values, kinds } = this.output;
    const compensation = new Float64Array(values.length);
    const counts = new Float64Array(values.length);
    const means = new Map<number, KahanSum>();
    const input = this.input.values;
    const withHistograms = this.input.histograms !== undefined;
    const histograms = new HistogramGroups(this.environment, this.node, (first) => new HistogramMean(first));
    await this.eachSample((cell, from, kind) => {
      if (kind === HISTOGRAM) {
        histograms.add(cell, this.input.histograms?.[from], this.labelsAt(from));
        return;
      }
      if (withHistograms && histograms.isIncompatible(cell)) return;
      const value = input[from] ?? NaN;
      const count = (counts[cell] ?? 0) + 1;
      counts[cell] = count;
      if (count === 1) {
        values[cell] = value;
        kinds[cell] = FLOAT;
        return;
      }
      let mean = means.get(cell);
      if (mean === undefined) {
        const sum = values[cell] ?? 0;
        const lost = compensation[cell] ?? 0;
        const total = sum + value;
        if (!isInfinite(total)) {
          compensation[cell] = lost + (Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum);
          values[cell] = total;
          return;
        }
        // The sum overflows: from here on the mean is carried on instead.
        mean = new KahanSum(sum / (count - 1), lost / (count - 1));
        means.set(cell, mean);
      }
      const weight = (count - 1) / count;
      mean.sum *= weight;
      mean.compensation *= weight;
      mean.add(value / count);
    });
    await this.environment.budget.inSlices(values.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) {
        const count = counts[cell] ?? 0;
        if (count === 0) continue;
        const mean = means.get(cell);
        values[cell] =
          mean === undefined ? (values[cell] ?? 0) / count + (compensation[cell] ?? 0) / count : mean.total;
      }
    });
    histograms.finish(this.output, (mean) => mean.mean.compact().toNative());
  }

  private labelsAt(cell: number): Labels | undefined {
    return this.input.labels[Math.floor(cell / this.count)];
  }

  private extreme(beats: (value: number, best: number) => boolean): Promise<void> {
    const { values, kinds } = this.output;
    return this.eachFloat((cell, value) => {
      const best = values[cell] ?? NaN;
      if (kinds[cell] === NONE || beats(value, best) || Number.isNaN(best)) values[cell] = value;
      kinds[cell] = FLOAT;
    });
  }

  private async deviation(): Promise<void> {
    const { values, kinds } = this.output;
    const means = new Float64Array(values.length);
    const counts = new Float64Array(values.length);
    await this.eachFloat((cell, value) => {
      const count = (counts[cell] ?? 0) + 1;
      counts[cell] = count;
      if (count === 1) {
        means[cell] = value;
        values[cell] = Number.isFinite(value) ? 0 : NaN;
        kinds[cell] = FLOAT;
        return;
      }
      const delta = value - (means[cell] ?? 0);
      means[cell] = (means[cell] ?? 0) + delta / count;
      values[cell] = (values[cell] ?? 0) + delta * (value - (means[cell] ?? 0));
    });
    const root = this.node.op === 'stddev';
    await this.environment.budget.inSlices(values.length, 1, (from, to) => {
      for (let cell = from; cell < to; cell++) {
        if (kinds[cell] === NONE) continue;
        const variance = (values[cell] ?? NaN) / (counts[cell] ?? 0);
        values[cell] = root ? Math.sqrt(variance) : variance;
      }
    });
  }

  private async quantile(): Promise<void> {
    const { notes } = this.environment;
    const place = this.node.param ?? this.node;
    let most = -Infinity;
    let least = Infinity;
    for (const q of this.param ?? []) {
      if (Number.isNaN(q)) notes.invalidQuantile(q, place);
      most = Math.max(most, q);
      least = Math.min(least, q);
    }
    if (most > 1) notes.invalidQuantile(most, place);
    if (least < 0) notes.invalidQuantile(least, place);
    const samples = new Map<number, number[]>();
    await this.eachFloat((cell, value) => {
      const list = samples.get(cell);
      if (list === undefined) samples.set(cell, [value]);
      else list.push(value);
    });
    const { budget } = this.environment;
    for (const [cell, list] of samples) {
      if (budget.isSliceOver) await budget.giveWay();
      // Numbers in one typed array are sorted several times as fast.
      this.output.values[cell] = quantileOf(this.param?.[cell % this.count] ?? NaN, new Float64Array(list));
      this.output.kinds[cell] = FLOAT;
    }
  }
}

/** Native histograms being made one, by cell of the output. */
class HistogramGroups<T extends { add(next: ReturnType<typeof readonlyForm>): { boundsReconciled: boolean } }> {
  private readonly groups = new Map<number, { accumulator: T; hints: ResetHints; incompatible: boolean }>();

  constructor(
    private readonly environment: QueryEnvironment,
    private readonly node: Aggregate,
    private readonly begin: (first: ReturnType<typeof readonlyForm>) => T,
  ) {}

  add(cell: number, histogram: NativeHistogram | undefined, labels: Labels | undefined): void {
    if (histogram === undefined) return;
    const { notes } = this.environment;
    const form = readonlyForm(histogram);
    const group = this.groups.get(cell);
    if (group === undefined) {
      const hints = new ResetHints();
      hints.see(form);
      this.groups.set(cell, { accumulator: this.begin(form), hints, incompatible: false });
      return;
    }
    if (group.incompatible) return;
    group.hints.see(form);
    try {
      if (group.accumulator.add(form).boundsReconciled) notes.boundsReconciled('aggregation', this.node.expr);
    } catch (error) {
      if (!(error instanceof IncompatibleSchemaError)) throw error;
      notes.mixedBuckets(labels?.metricName ?? '', this.node.expr);
      group.incompatible = true;
    }
  }

  /** Whether the group has met buckets that do not go together: nothing more is taken into it. */
  isIncompatible(cell: number): boolean {
    return this.groups.get(cell)?.incompatible === true;
  }

  /** Puts the results into the output; a cell that also has floats becomes empty, with a note. */
  finish(output: VectorBlock, result: (accumulator: T) => NativeHistogram): void {
    const { notes } = this.environment;
    for (const [cell, { accumulator, hints, incompatible }] of this.groups) {
      if (output.kinds[cell] === FLOAT) {
        notes.mixedFloatsHistogramsAggregation(this.node.expr);
        output.kinds[cell] = NONE;
        continue;
      }
      if (incompatible) continue;
      if (hints.collide) notes.resetCollision('aggregation', this.node.expr);
      setHistogram(output, cell, result(accumulator));
    }
  }
}
