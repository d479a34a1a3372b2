import type { EpochMillis } from '../../base/clock';
import type { SeriesColumns } from '../../storage';
import type { VectorSelector } from '../ast';
import { interpolateHistogram } from '../functions/histogram-rate';
import { readonlyForm } from '../histogram/float-histogram';
import { FLOAT, setHistogram } from './block';
import { withoutBuckets } from './bucketless';
import type { Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { windowOver } from './range-window';
import { Selection } from './selection';

/** What to read of the sample found; `floatTime` is the time of a float and the value of a histogram. */
export type SampleAspect = 'value' | 'time' | 'floatTime' | 'start';

/** Cells between two looks at the clock. */
const STRIDE = 16_384;

/** The newest sample of each series at each step, no older than the lookback. */
export async function evalInstantSelector(
  environment: QueryEnvironment,
  node: VectorSelector,
  steps: Steps,
  aspect: SampleAspect = 'value',
): Promise<VectorBlock> {
  const { lookback, budget } = environment;
  const offset = environment.offsetOf(node);
  const first = (node.at === undefined ? steps.start : environment.instantOf(node.at)) - offset;
  const last = first + (steps.count - 1) * steps.step;
  const bucketless = environment.bucketless.has(node);
  const smoothed = node.boundary === 'smoothed' && aspect === 'value';
  const ahead = smoothed ? lookback : 0;
  const selection = await Selection.of(environment, node, node.matchers, first - lookback, last + ahead);
  const block = environment.newVector(selection.labels, steps.count);
  const stride = Math.max(1, Math.floor(STRIDE / steps.count));
  for (let row = 0; row < selection.labels.length; row++) {
    if (row % stride === stride - 1 && budget.isSliceOver) await selection.giveWay();
    const columns = selection.at(row);
    if (columns === undefined) continue;
    if (smoothed) smoothRow(environment, node, block, row, columns, first, steps);
    else if (steps.count === 1) readOne(environment, block, row, columns, first, aspect, bucketless);
    else readRow(environment, block, row, columns, first, steps, aspect, bucketless);
  }
  return block;
}

function readOne(
  environment: QueryEnvironment,
  block: VectorBlock,
  row: number,
  columns: SeriesColumns,
  at: EpochMillis,
  aspect: SampleAspect,
  bucketless: boolean,
): void {
  const { timestamps, from } = columns;
  let i = columns.to - 1;
  while (i >= from && (timestamps[i] ?? 0) > at) i--;
  if (i < from || (timestamps[i] ?? 0) <= at - environment.lookback) return;
  put(environment, block, row, columns, i, aspect, bucketless ? at : undefined);
}

function readRow(
  environment: QueryEnvironment,
  block: VectorBlock,
  row: number,
  columns: SeriesColumns,
  first: EpochMillis,
  { step, count }: Steps,
  aspect: SampleAspect,
  bucketless: boolean,
): void {
  const { timestamps, to, from } = columns;
  const { lookback } = environment;
  let i = from - 1;
  for (let s = 0; s < count; s++) {
    const at = first + s * step;
    while (i + 1 < to && (timestamps[i + 1] ?? 0) <= at) i++;
    if (i < from || (timestamps[i] ?? 0) <= at - lookback) continue;
    put(environment, block, row * count + s, columns, i, aspect, bucketless ? at : undefined);
  }
}

/** @param bucketlessAt the instant, when buckets are not to be read. */
function put(
  { budget, lookback }: QueryEnvironment,
  block: VectorBlock,
  cell: number,
  columns: SeriesColumns,
  i: number,
  aspect: SampleAspect,
  bucketlessAt: EpochMillis | undefined,
): void {
  if (columns.stale?.[i] === 1) return;
  budget.samples++;
  if (aspect === 'value' || aspect === 'floatTime') {
    const histogram = columns.histograms?.[i];
    if (histogram !== undefined) {
      if (bucketlessAt === undefined) {
        setHistogram(block, cell, histogram);
        return;
      }
      const seen = i > columns.from && (columns.timestamps[i - 1] ?? 0) >= bucketlessAt - lookback;
      setHistogram(block, cell, withoutBuckets(histogram, seen ? columns.histograms?.[i - 1] : undefined));
      return;
    }
    block.values[cell] = (aspect === 'value' ? columns.values[i] : columns.timestamps[i]) ?? NaN;
  } else if (aspect === 'time') {
    block.values[cell] = columns.timestamps[i] ?? NaN;
  } else {
    block.values[cell] = columns.starts?.[i] ?? 0;
  }
  block.kinds[cell] = FLOAT;
}

/** `smoothed`: the value at the very instant, on the line between the samples around it. */
function smoothRow(
  environment: QueryEnvironment,
  node: VectorSelector,
  block: VectorBlock,
  row: number,
  columns: SeriesColumns,
  first: EpochMillis,
  { step, count }: Steps,
): void {
  const { lookback, notes } = environment;
  const window = windowOver(environment, columns, node);
  for (let s = 0; s < count; s++) {
    const at = first + s * step;
    const cell = row * count + s;
    const inside = (times: ArrayLike<number>): number[] =>
      Array.from(times, (_, i) => i).filter((i) => (times[i] ?? 0) > at - lookback && (times[i] ?? 0) <= at + lookback);
    const floats = inside(window.times).filter((i) => i >= window.lo && i < window.hi);
    const histograms = inside(window.histogramTimes);
    environment.budget.samples += floats.length + histograms.length;
    if (floats.length > 0 && histograms.length > 0) {
      notes.mixedFloatsHistograms(columns.labels.metricName, node);
      continue;
    }
    if (histograms.length > 0) {
      const next = histograms.find((i) => (window.histogramTimes[i] ?? 0) >= at);
      const before = next === undefined ? histograms.at(-1) : next - 1;
      const after = next === undefined ? undefined : window.histograms[next];
      if (next !== undefined && after !== undefined && window.histogramTimes[next] === at) {
        setHistogram(block, cell, after);
        continue;
      }
      const previous = before === undefined || !histograms.includes(before) ? undefined : window.histograms[before];
      if (previous === undefined || before === undefined) continue;
      if (after === undefined || next === undefined) {
        setHistogram(block, cell, { ...previous, counterResetHint: 'unknown' });
        continue;
      }
      if (readonlyForm(previous).custom !== readonlyForm(after).custom) {
        notes.mixedBuckets(columns.labels.metricName, node);
        continue;
      }
      const isCounter = previous.counterResetHint !== 'gauge' || after.counterResetHint !== 'gauge';
      const made = interpolateHistogram(
        window,
        [readonlyForm(previous), window.histogramTimes[before] ?? 0],
        [readonlyForm(after), window.histogramTimes[next] ?? 0],
        at,
        isCounter,
      );
      if (made !== undefined) setHistogram(block, cell, made.toNative());
      continue;
    }
    const next = floats.find((i) => (window.times[i] ?? 0) >= at);
    const before = next === undefined ? floats.at(-1) : floats.includes(next - 1) ? next - 1 : undefined;
    let value: number | undefined;
    if (next !== undefined && window.times[next] === at) {
      value = window.values[next];
    } else if (before !== undefined) {
      const y1 = window.values[before] ?? NaN;
      const t1 = window.times[before] ?? 0;
      if (next === undefined) value = y1;
      else value = y1 + (((window.values[next] ?? NaN) - y1) * (at - t1)) / ((window.times[next] ?? 0) - t1);
    }
    if (value === undefined) continue;
    block.values[cell] = value;
    block.kinds[cell] = FLOAT;
  }
}
