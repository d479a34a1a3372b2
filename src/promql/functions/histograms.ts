import { Labels } from '../../domain/labels';
import type { Place } from '../ast';
import { PromqlExecutionError } from '../errors';
import { FLOAT, HISTOGRAM, markUnique, NONE, ROW_COST } from '../eval/block';
import type { Block, Slicer, VectorBlock } from '../eval/block';
import { formatG } from '../eval/format';
import { classicFraction, classicQuantile } from '../histogram/classic-quantile';
import type { ClassicBuckets } from '../histogram/classic-quantile';
import { readonlyForm } from '../histogram/float-histogram';
import { nativeFraction, nativeQuantile, nativeVariance } from '../histogram/native-quantile';
import { defineFunction } from './function';
import type { CallContext } from './function';
import { stringArgument } from './arguments';

/** What a bucket, and a native histogram, cost at one step, in cells. */
const BUCKET_COST = 4;
const NATIVE_COST = 128;

/** The rows of a vector arranged as histograms. */
interface HistogramRows {
  /** Label sets of the results: those without `le`. */
  readonly labels: readonly Labels[];
  /** By result: rows that are classic buckets, ascending by bound. */
  readonly buckets: readonly { readonly rows: readonly number[]; readonly bounds: readonly number[] }[];
  /** By row: the result a native histogram in it counts for; empty when there is none. */
  readonly nativeOf: Int32Array;
  /** Rows whose `le` is no number. */
  readonly badRows: ReadonlySet<number>;
}

async function arrange(labels: readonly Labels[], withNative: boolean, slicer: Slicer): Promise<HistogramRows> {
  const indexOf = new Map<string, number>();
  const results: Labels[] = [];
  const buckets: { rows: number[]; bounds: number[] }[] = [];
  const badRows = new Set<number>();
  const resultOf = (own: Labels): number => {
    let result = indexOf.get(own.key);
    if (result === undefined) {
      result = results.push(own) - 1;
      buckets.push({ rows: [], bounds: [] });
      indexOf.set(own.key, result);
    }
    return result;
  };
  const nativeOf = new Int32Array(withNative ? labels.length : 0);
  const place = (own: Labels, row: number): void => {
    if (withNative) nativeOf[row] = resultOf(own);
    const bound = parseBound(own.get('le'));
    if (Number.isNaN(bound)) {
      badRows.add(row);
      return;
    }
    const group = buckets[resultOf(own.without('le'))];
    group?.rows.push(row);
    group?.bounds.push(bound);
  };
  await slicer.inSlices(labels.length, 2 * ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) place(labels[row] ?? Labels.EMPTY, row);
  });
  await slicer.inSlices(buckets.length, 8 * ROW_COST, (from, to) => {
    for (const group of buckets.slice(from, to)) {
      const order = group.bounds
        .map((_, i) => i)
        .sort((a, b) => ((group.bounds[a] ?? 0) < (group.bounds[b] ?? 0) ? -1 : 1));
      const { rows, bounds } = group;
      group.rows = order.map((i) => rows[i] ?? 0);
      group.bounds = order.map((i) => bounds[i] ?? 0);
    }
  });
  markUnique(results);
  return { labels: results, buckets, nativeOf, badRows };
}

function parseBound(text: string): number {
  if (/^[+]?inf(?:inity)?$/i.test(text)) return Infinity;
  if (/^-inf(?:inity)?$/i.test(text)) return -Infinity;
  return text.trim() === '' || /^\s|\s$/.test(text) ? NaN : Number(text);
}

/** Evaluates each histogram, classic or native, at each step. */
async function evalHistograms(
  context: CallContext,
  input: VectorBlock,
  place: Place,
  classic: (buckets: ClassicBuckets, step: number, labels: Labels) => number,
  native: (cell: number, step: number, labels: Labels) => number,
): Promise<VectorBlock> {
  const { notes, delayed, slicer } = context;
  const { count } = context.steps;
  const rows =
    input.histograms === undefined
      ? await context.remember(input.labels, () => arrange(input.labels, false, slicer))
      : await arrange(input.labels, true, slicer);
  const output = context.newVector(rows.labels);
  const nameOf = (labels: Labels): string => (delayed ? labels.metricName : '');
  for (const row of rows.badRows) {
    for (let step = 0; step < count; step++) {
      if (input.kinds[row * count + step] !== FLOAT) continue;
      const labels = input.labels[row];
      if (labels !== undefined) notes.badBucketLabel(nameOf(labels), labels.get('le'), place);
      break;
    }
  }
  const evalGroup = (result: number): void => {
    const group = rows.buckets[result];
    const labels = rows.labels[result];
    if (group === undefined || labels === undefined || group.rows.length === 0) return;
    for (let step = 0; step < count; step++) {
      const bounds: number[] = [];
      const counts: number[] = [];
      for (let i = 0; i < group.rows.length; i++) {
        const cell = (group.rows[i] ?? 0) * count + step;
        if (input.kinds[cell] !== FLOAT) continue;
        bounds.push(group.bounds[i] ?? NaN);
        counts.push(input.values[cell] ?? NaN);
      }
      if (bounds.length === 0) continue;
      const cell = result * count + step;
      output.values[cell] = classic({ bounds, counts }, step, labels);
      output.kinds[cell] = FLOAT;
    }
  };
  const meanSize = rows.buckets.length === 0 ? 1 : input.labels.length / rows.buckets.length;
  await slicer.inSlices(rows.buckets.length, count * meanSize * BUCKET_COST, (from, to) => {
    for (let result = from; result < to; result++) evalGroup(result);
  });
  if (input.histograms === undefined) return output;
  const evalNative = (row: number): void => {
    const labels = input.labels[row];
    if (labels === undefined) return;
    for (let step = 0; step < count; step++) {
      const from = row * count + step;
      if (input.kinds[from] !== HISTOGRAM) continue;
      const cell = (rows.nativeOf[row] ?? 0) * count + step;
      if (output.kinds[cell] !== NONE) {
        // Classic buckets and a native histogram of one name at one time: neither can be trusted.
        notes.mixedClassicNative(nameOf(labels), place);
        output.kinds[cell] = NONE;
        continue;
      }
      output.values[cell] = native(from, step, labels);
      output.kinds[cell] = FLOAT;
    }
  };
  await slicer.inSlices(input.labels.length, count * NATIVE_COST, (from, to) => {
    for (let row = from; row < to; row++) evalNative(row);
  });
  return output;
}

function quantiles(
  context: CallContext,
  input: VectorBlock,
  qs: Float64Array,
  place: Place,
  qPlace: Place,
  mended = new Set<string>(),
): Promise<VectorBlock> {
  for (const q of qs) if (!(q >= 0 && q <= 1)) context.notes.invalidQuantile(q, qPlace);
  const { start, step: width } = context.steps;
  const nameOf = (labels: Labels): string => (context.delayed ? labels.metricName : '');
  return evalHistograms(
    context,
    input,
    place,
    (buckets, step, labels) =>
      classicQuantile(qs[step] ?? NaN, buckets, (forced) => {
        // Of several quantiles of the same buckets, only one tells.
        const key = `${step} ${labels.key}`;
        if (mended.has(key)) return;
        mended.add(key);
        context.notes.forcedMonotonicity(nameOf(labels), place, start + step * width, forced);
      }),
    (cell, step, labels) => {
      const histogram = input.histograms?.[cell];
      if (histogram === undefined) return NaN;
      const { value, note } = nativeQuantile(qs[step] ?? NaN, readonlyForm(histogram));
      if (note !== undefined) context.notes.nanObservations(note, nameOf(labels), place);
      return value;
    },
  );
}

async function histogramQuantile(context: CallContext): Promise<Block> {
  const [qs, input] = [await context.scalar(0), await context.vector(1)];
  const { args } = context.call;
  const [qPlace, place] = [args[0] ?? context.call, args[1] ?? context.call];
  return context.dropNames(await quantiles(context, input, qs, place, qPlace));
}

async function histogramQuantiles(context: CallContext): Promise<Block> {
  const { args } = context.call;
  const input = await context.vector(0);
  const place = args[0] ?? context.call;
  const label = stringArgument(args[1]);
  const { count } = context.steps;
  const mended = new Set<string>();
  const parts: { block: VectorBlock; qs: Float64Array }[] = [];
  for (let i = 2; i < args.length; i++) {
    const qs = await context.scalar(i);
    parts.push({ block: await quantiles(context, input, qs, place, args[i] ?? place, mended), qs });
  }
  // The quantile may change from step to step: a row per label set and value that occurs.
  const rowOf = new Map<string, number>();
  const labels: Labels[] = [];
  const cells: { row: number; step: number; value: number }[] = [];
  for (const { block, qs } of parts) {
    for (let row = 0; row < block.labels.length; row++) {
      for (let step = 0; step < count; step++) {
        const cell = row * count + step;
        if (block.kinds[cell] !== FLOAT) continue;
        const own = block.labels[row];
        if (own === undefined) continue;
        const made = (context.delayed ? own : own.nameless).with({ [label]: openMetricsNumber(qs[step] ?? NaN) });
        let target = rowOf.get(made.key);
        if (target === undefined) {
          target = labels.push(made) - 1;
          rowOf.set(made.key, target);
        }
        cells.push({ row: target, step, value: block.values[cell] ?? NaN });
      }
    }
  }
  const output = context.newVector(labels);
  for (const { row, step, value } of cells) {
    if (output.kinds[row * count + step] !== NONE) {
      throw new PromqlExecutionError('vector cannot contain metrics with the same labelset');
    }
    output.values[row * count + step] = value;
    output.kinds[row * count + step] = FLOAT;
  }
  return context.delayed ? context.dropNames(output) : output;
}

/** OpenMetrics' form: always with a point or exponent. */
function openMetricsNumber(value: number): string {
  const text = formatG(value);
  return /[.eIN]/.test(text) ? text : `${text}.0`;
}

async function histogramFraction(context: CallContext): Promise<Block> {
  const [lowers, uppers, input] = [await context.scalar(0), await context.scalar(1), await context.vector(2)];
  const place = context.call.args[2] ?? context.call;
  const output = await evalHistograms(
    context,
    input,
    place,
    (buckets, step) => classicFraction(lowers[step] ?? NaN, uppers[step] ?? NaN, buckets),
    (cell, step, labels) => {
      const histogram = input.histograms?.[cell];
      if (histogram === undefined) return NaN;
      const { value, note } = nativeFraction(lowers[step] ?? NaN, uppers[step] ?? NaN, readonlyForm(histogram));
      if (note !== undefined) context.notes.nanObservations(note, context.delayed ? labels.metricName : '', place);
      return value;
    },
  );
  return context.dropNames(output);
}

/** Questions to histograms. */
export const histograms = [
  defineFunction({
    name: 'histogram_count',
    doc: 'Number of observations of a native histogram.',
    args: ['vector'],
    body: { kind: 'histogram', eval: (_, { count }) => count },
  }),
  defineFunction({
    name: 'histogram_sum',
    doc: 'Sum of the observations of a native histogram.',
    args: ['vector'],
    body: { kind: 'histogram', eval: (_, { sum }) => sum },
  }),
  defineFunction({
    name: 'histogram_avg',
    doc: 'Mean of the observations of a native histogram.',
    args: ['vector'],
    body: { kind: 'histogram', eval: (_, { sum, count }) => sum / count },
  }),
  defineFunction({
    name: 'histogram_stddev',
    doc: 'Estimated standard deviation of the observations of a native histogram.',
    args: ['vector'],
    body: { kind: 'histogram', eval: (histogram) => Math.sqrt(nativeVariance(histogram)) },
  }),
  defineFunction({
    name: 'histogram_stdvar',
    doc: 'Estimated variance of the observations of a native histogram.',
    args: ['vector'],
    body: { kind: 'histogram', eval: nativeVariance },
  }),
  defineFunction({
    name: 'histogram_fraction',
    doc: 'Estimated part of the observations between two values, of classic and native histograms.',
    args: ['scalar', 'scalar', 'vector'],
    body: { kind: 'block', eval: histogramFraction },
  }),
  defineFunction({
    name: 'histogram_quantile',
    doc: 'Estimated φ-quantile of classic and native histograms.',
    args: ['scalar', 'vector'],
    body: { kind: 'block', eval: histogramQuantile },
  }),
  defineFunction({
    name: 'histogram_quantiles',
    doc: 'Estimated quantiles of classic and native histograms, each under a label of its own.',
    args: ['vector', 'string', 'scalar', 'scalar'],
    variadic: 9,
    experimental: true,
    body: { kind: 'block', eval: histogramQuantiles },
  }),
];
