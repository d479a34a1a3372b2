import type { NativeHistogram } from '../../domain/histogram';
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
import { groupBy, METADATA_LABELS } from './label-maps';
import type { Grouping } from './label-maps';
import { isInfinite, KahanSum, quantileOf } from './numbers';
import type { PartEvaluator } from './range-call';
import { selectRows } from './select-rows';

/** Evaluates an aggregation. */
export async function evalAggregate(parts: PartEvaluator, node: Aggregate, steps: Steps): Promise<VectorBlock> {
  const { environment } = parts;
  if (node.op === 'count_values') return countValues(environment, node, await parts.vector(node.expr, steps));
  const param = node.param === undefined ? undefined : await parts.scalar(node.param, steps);
  const input = await parts.vector(node.expr, steps);
  const grouping = environment.remember(node, [input.labels], () => groupBy(input.labels, groupingOf(node)));
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

/** What is left of a label set by the clause of an aggregation. */
export function groupingOf({ grouping, without }: Pick<Aggregate, 'grouping' | 'without'>): (labels: Labels) => Labels {
  if (without) {
    const removed = new Set([...METADATA_LABELS, ...grouping]);
    return (labels) => labels.filter((name) => !removed.has(name));
  }
  if (grouping.length === 0) return (labels) => labels.filter(() => false);
  const kept = new Set(grouping);
  return (labels) => labels.filter((name) => kept.has(name));
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

  run(): VectorBlock {
    switch (this.node.op) {
      case 'sum':
        this.sum();
        break;
      case 'avg':
        this.average();
        break;
      case 'min':
        this.extreme('min', (value, best) => best > value);
        break;
      case 'max':
        this.extreme('max', (value, best) => best < value);
        break;
      case 'count':
        this.eachSample((cell) => {
          this.output.values[cell] = (this.output.values[cell] ?? 0) + 1;
          this.output.kinds[cell] = FLOAT;
        });
        break;
      case 'group':
        this.eachSample((cell) => {
          this.output.values[cell] = 1;
          this.output.kinds[cell] = FLOAT;
        });
        break;
      case 'stddev':
      case 'stdvar':
        this.deviation();
        break;
      case 'quantile':
        this.quantile();
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
  private eachSample(visit: (cell: number, from: number, kind: number) => void): void {
    const { kinds } = this.input;
    const { groupOf } = this.grouping;
    for (let row = 0; row < groupOf.length; row++) {
      const base = (groupOf[row] ?? 0) * this.count;
      const fromBase = row * this.count;
      for (let step = 0; step < this.count; step++) {
        const kind = kinds[fromBase + step] ?? NONE;
        if (kind !== NONE) visit(base + step, fromBase + step, kind);
      }
    }
  }

  /** As `eachSample` for floats; histograms are left out with a note. */
  private eachFloat(visit: (cell: number, value: number) => void): void {
    const { values } = this.input;
    this.eachSample((cell, from, kind) => {
      if (kind === FLOAT) visit(cell, values[from] ?? NaN);
      else this.environment.notes.ignoredInAggregation(this.node.op, this.node.expr);
    });
  }

  private sum(): void {
    const { values, kinds } = this.output;
    const compensation = new Float64Array(values.length);
    const input = this.input.values;
    const withHistograms = this.input.histograms !== undefined;
    const histograms = new HistogramGroups(this.environment, this.node, (first) => new HistogramSum(first.copy()));
    this.eachSample((cell, from, kind) => {
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
    for (let cell = 0; cell < values.length; cell++) {
      if (compensation[cell] !== 0) values[cell] = (values[cell] ?? 0) + (compensation[cell] ?? 0);
    }
    if (withHistograms) histograms.finish(this.output, (sum) => sum.total.compact().toNative());
  }

  private average(): void {
    const { values, kinds } = this.output;
    const compensation = new Float64Array(values.length);
    const counts = new Float64Array(values.length);
    const means = new Map<number, KahanSum>();
    const input = this.input.values;
    const withHistograms = this.input.histograms !== undefined;
    const histograms = new HistogramGroups(this.environment, this.node, (first) => new HistogramMean(first));
    this.eachSample((cell, from, kind) => {
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
    for (let cell = 0; cell < values.length; cell++) {
      const count = counts[cell] ?? 0;
      if (count === 0) continue;
      const mean = means.get(cell);
      values[cell] = mean === undefined ? (values[cell] ?? 0) / count + (compensation[cell] ?? 0) / count : mean.total;
    }
    histograms.finish(this.output, (mean) => mean.mean.compact().toNative());
  }

  private labelsAt(cell: number): Labels | undefined {
    return this.input.labels[Math.floor(cell / this.count)];
  }

  private extreme(_name: string, beats: (value: number, best: number) => boolean): void {
    const { values, kinds } = this.output;
    this.eachFloat((cell, value) => {
      const best = values[cell] ?? NaN;
      if (kinds[cell] === NONE || beats(value, best) || Number.isNaN(best)) values[cell] = value;
      kinds[cell] = FLOAT;
    });
  }

  private deviation(): void {
    const { values, kinds } = this.output;
    const means = new Float64Array(values.length);
    const counts = new Float64Array(values.length);
    this.eachFloat((cell, value) => {
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
    for (let cell = 0; cell < values.length; cell++) {
      if (kinds[cell] === NONE) continue;
      const variance = (values[cell] ?? NaN) / (counts[cell] ?? 0);
      values[cell] = root ? Math.sqrt(variance) : variance;
    }
  }

  private quantile(): void {
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
    this.eachFloat((cell, value) => {
      const list = samples.get(cell);
      if (list === undefined) samples.set(cell, [value]);
      else list.push(value);
    });
    for (const [cell, list] of samples) {
      this.output.values[cell] = quantileOf(this.param?.[cell % this.count] ?? NaN, list);
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
