import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { Labels } from '../../domain/labels';
import type { NativeHistogram } from '../../domain/histogram';
import { unwrapParens } from '../ast';
import type { Expr } from '../ast';
import { typeOf } from '../check';
import { InvalidQueryError, PromqlExecutionError, QueryLimitError } from '../errors';
import type { MatrixSeries, QueryResult, QueryValue, VectorSample } from '../query-result';
import { textOf } from '../syntax/texts';
import { Annotations } from './annotations';
import { bucketlessSelectors } from './bucketless';
import { HISTOGRAM, NONE, ROW_COST } from './block';
import type { Block, Steps, VectorBlock } from './block';
import { QueryEnvironment } from './environment';
import type { PlanMemory, SelectingReader } from './environment';
import { Evaluator } from './evaluator';
import { dropMarkedNames } from './label-maps';
import type { LabelLists } from './label-lists';
import { QueryBudget } from './query-budget';
import type { LoopTurns, QueryLimits } from './query-budget';
import { evalSubquery } from './range-call';
import { load, newWindow } from './range-window';
import { sortedRows } from './sorted-rows';
import { Selection } from './selection';
import { trimWindow } from './trim-window';

/** The times of a query; step 0 for an instant query. */
export interface QueryWindow {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly step: Millis;
}

/** What an evaluation needs besides the expression and its times. */
export interface EvaluationSetup {
  readonly reader: SelectingReader;
  readonly clock: Clock;
  readonly limits: QueryLimits;
  readonly lookback: Millis;
  readonly subqueryStep: Millis;
  readonly delayedNameRemoval: boolean;
  readonly maxPoints: number;
  readonly memory: PlanMemory;
  readonly lists: LabelLists;
  readonly turns: LoopTurns;
  readonly signal: AbortSignal | undefined;
}

/** Evaluates an expression. @throws PromqlExecutionError, QueryLimitError, QueryTimeoutError, QueryCanceledError */
export async function evaluate(expr: Expr, window: QueryWindow, setup: EvaluationSetup): Promise<QueryResult> {
  const budget = new QueryBudget(setup.clock, setup.limits, setup.signal, setup.turns);
  const notes = new Annotations();
  const environment = new QueryEnvironment(
    setup.reader,
    window,
    setup.lookback,
    setup.subqueryStep,
    setup.delayedNameRemoval,
    budget,
    notes,
    setup.memory,
    setup.lists,
    bucketlessSelectors(expr),
  );
  if (budget.isSliceOver) await budget.giveWay();
  else budget.check();
  const value =
    window.step === 0
      ? await instantValue(environment, expr, window)
      : await rangeValue(environment, expr, window, setup.maxPoints);
  const text = textOf(expr);
  return {
    value,
    warnings: notes.texts('warning', text),
    infos: notes.texts('info', text),
    stats: {
      samples: budget.samples,
      peakSamples: budget.peakSamples,
      series: budget.series,
      elapsed: budget.elapsed,
    },
  };
}

async function instantValue(environment: QueryEnvironment, expr: Expr, { start }: QueryWindow): Promise<QueryValue> {
  const inner = unwrapParens(expr);
  if (inner.kind === 'matrix' || inner.kind === 'subquery') {
    return { type: 'matrix', series: await rangeVector(environment, inner, start) };
  }
  const block = await new Evaluator(environment).eval(expr, { start, step: 1, count: 1 });
  if (block.type === 'string') return { type: 'string', t: start, value: block.value };
  if (block.type === 'scalar') return { type: 'scalar', t: start, value: block.values[0] ?? NaN };
  const clean = await dropMarkedNames(block, environment.budget);
  const samples: VectorSample[] = [];
  await environment.budget.inSlices(clean.labels.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) {
      const labels = clean.labels[row];
      const kind = clean.kinds[row] ?? NONE;
      if (kind === NONE || labels === undefined) continue;
      const histogram = kind === HISTOGRAM ? clean.histograms?.[row] : undefined;
      const value = clean.values[row] ?? NaN;
      samples.push(histogram === undefined ? { labels, t: start, value } : { labels, t: start, value: NaN, histogram });
    }
  });
  return { type: 'vector', samples };
}

/** Series between two looks at the clock. */
const ROWS_AT_ONCE = 256;

/** The samples of a range vector themselves. */
async function rangeVector(
  environment: QueryEnvironment,
  node: Extract<Expr, { kind: 'matrix' | 'subquery' }>,
  at: EpochMillis,
): Promise<MatrixSeries[]> {
  const shifted = node.kind === 'matrix' ? node.selector : node;
  const end = (shifted.at === undefined ? at : environment.instantOf(shifted.at)) - environment.offsetOf(shifted);
  const range = environment.millis(node.range, false);
  const start = end - range;
  const window = newWindow(environment, node, node.kind === 'matrix' ? node.selector.boundary : undefined);
  const series: MatrixSeries[] = [];
  const { lookback } = environment;
  const before = window.boundary === undefined ? 0 : lookback;
  const after = window.boundary === 'smoothed' ? lookback : 0;
  const source =
    node.kind === 'matrix'
      ? await Selection.of(environment, node.selector, node.selector.matchers, start - before, end + after)
      : await evalSubquery(new Evaluator(environment), node, start, end);
  const { budget } = environment;
  for (let row = 0; row < source.labels.length; row++) {
    if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1 && budget.isSliceOver) {
      await (source instanceof Selection ? source : budget).giveWay();
    }
    const columns = source.at(row);
    if (columns === undefined) continue;
    load(window, columns);
    window.start = start;
    window.end = end;
    window.range = range;
    trimWindow(window, start - before, end + after);
    if (window.boundary !== undefined && window.histogramHi > window.histogramLo) {
      throw new PromqlExecutionError(`${window.boundary} modifier is not supported with histograms`);
    }
    const made = samplesOf(window, start, end);
    budget.samples += made.timestamps.length;
    budget.hold(made.timestamps.length);
    const marked = 'drop' in source && source.drop?.[row] === 1;
    if (made.timestamps.length > 0) series.push(marked ? { ...made, labels: made.labels.nameless } : made);
  }
  const order = await sortedRows(
    series.map(({ labels }) => labels),
    budget,
  );
  return Array.from(order, (row) => series[row]).filter((one) => one !== undefined);
}

function samplesOf(window: ReturnType<typeof newWindow>, start: EpochMillis, end: EpochMillis): MatrixSeries {
  const { labels } = window;
  if (window.boundary !== undefined) return { labels, ...edged(window, start, end) };
  const floats = window.hi - window.lo;
  const total = floats + window.histogramHi - window.histogramLo;
  const timestamps = new Float64Array(total);
  const values = new Float64Array(total);
  const histograms: (NativeHistogram | undefined)[] = [];
  let i = window.lo;
  let j = window.histogramLo;
  for (let at = 0; at < total; at++) {
    const floatTime = i < window.hi ? (window.times[i] ?? 0) : Infinity;
    const histogramTime = j < window.histogramHi ? (window.histogramTimes[j] ?? 0) : Infinity;
    if (floatTime < histogramTime) {
      timestamps[at] = floatTime;
      values[at] = window.values[i++] ?? NaN;
    } else {
      timestamps[at] = histogramTime;
      values[at] = NaN;
      histograms[at] = window.histograms[j++];
    }
  }
  return floats === total ? { labels, timestamps, values } : { labels, timestamps, values, histograms };
}

/** With `anchored` and `smoothed` a range vector has samples made up for its very edges. */
function edged(
  window: ReturnType<typeof newWindow>,
  start: EpochMillis,
  end: EpochMillis,
): Pick<MatrixSeries, 'timestamps' | 'values'> {
  const timeAt = (i: number): number => window.times[i] ?? 0;
  const valueAt = (i: number): number => window.values[i] ?? NaN;
  const smoothed = window.boundary === 'smoothed';
  let first = window.lo;
  let last = window.hi - 1;
  if (last < first) return { timestamps: new Float64Array(0), values: new Float64Array(0) };
  while (first < last && timeAt(first + 1) <= start) first++;
  if (smoothed) {
    let at = window.lo;
    while (at < last && timeAt(at) < end) at++;
    last = at;
  }
  if (timeAt(last) <= start) return { timestamps: new Float64Array(0), values: new Float64Array(0) };
  const line = (a: number, b: number, t: number): number =>
    valueAt(a) + ((valueAt(b) - valueAt(a)) * (t - timeAt(a))) / (timeAt(b) - timeAt(a));
  const left = smoothed && timeAt(first) < start ? line(first, first + 1, start) : valueAt(first);
  const right =
    timeAt(last) <= end || last === window.lo
      ? valueAt(last)
      : smoothed
        ? line(last - 1, last, end)
        : valueAt(last - 1);
  if (timeAt(first) <= start) first++;
  if (timeAt(last) >= end) last--;
  const count = Math.max(last - first + 1, 0);
  const timestamps = new Float64Array(count + 2);
  const values = new Float64Array(count + 2);
  timestamps[0] = start;
  values[0] = left;
  for (let i = 0; i < count; i++) {
    timestamps[i + 1] = timeAt(first + i);
    values[i + 1] = valueAt(first + i);
  }
  timestamps[count + 1] = end;
  values[count + 1] = right;
  return { timestamps, values };
}

async function rangeValue(
  environment: QueryEnvironment,
  expr: Expr,
  { start, end, step }: QueryWindow,
  maxPoints: number,
): Promise<QueryValue> {
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'scalar') {
    const documented = type === 'matrix' ? 'range vector' : type;
    throw new InvalidQueryError(
      `invalid expression type "${documented}" for range query, must be Scalar or instant Vector`,
    );
  }
  const count = Math.floor((end - start) / step) + 1;
  if (count > maxPoints) {
    throw new QueryLimitError(
      `exceeded maximum resolution of ${maxPoints} points per timeseries: ${count} asked for. Try decreasing the query resolution (?step=XX)`,
    );
  }
  const block = await new Evaluator(environment).eval(expr, { start, step, count, end });
  return { type: 'matrix', series: await toSeries(environment, block, { start, step, count }) };
}

async function toSeries({ budget }: QueryEnvironment, block: Block, steps: Steps): Promise<MatrixSeries[]> {
  const clean: VectorBlock = block.type === 'vector' ? await dropMarkedNames(block, budget) : scalarRow(block);
  const order = await sortedRows(clean.labels, budget);
  const series: MatrixSeries[] = [];
  const times = Float64Array.from({ length: steps.count }, (_, s) => steps.start + s * steps.step);
  await budget.inSlices(order.length, steps.count, (from, to) => {
    for (let i = from; i < to; i++) {
      const made = rowSeries(clean, order[i] ?? 0, steps, times);
      if (made !== undefined) series.push(made);
    }
  });
  return series;
}

function scalarRow(block: Exclude<Block, VectorBlock>): VectorBlock {
  const values = block.type === 'scalar' ? block.values : new Float64Array(0);
  return {
    type: 'vector',
    labels: [Labels.EMPTY],
    steps: values.length,
    values,
    kinds: new Uint8Array(values.length).fill(1),
    histograms: undefined,
    drop: undefined,
  };
}

/** @param times all steps; series without gaps share it. */
function rowSeries(block: VectorBlock, row: number, { count }: Steps, times: Float64Array): MatrixSeries | undefined {
  const labels = block.labels[row];
  const base = row * count;
  let total = 0;
  let hasHistogram = false;
  for (let cell = base; cell < base + count; cell++) {
    if (block.kinds[cell] !== NONE) total++;
    if (block.kinds[cell] === HISTOGRAM) hasHistogram = true;
  }
  if (total === 0 || labels === undefined) return undefined;
  if (total === count && !hasHistogram) {
    return { labels, timestamps: times, values: block.values.subarray(base, base + count) };
  }
  const timestamps = new Float64Array(total);
  const values = new Float64Array(total);
  const histograms: (NativeHistogram | undefined)[] | undefined = hasHistogram ? [] : undefined;
  let at = 0;
  for (let s = 0; s < count; s++) {
    const kind = block.kinds[base + s] ?? NONE;
    if (kind === NONE) continue;
    timestamps[at] = times[s] ?? 0;
    values[at] = kind === HISTOGRAM ? NaN : (block.values[base + s] ?? NaN);
    if (histograms !== undefined) histograms[at] = kind === HISTOGRAM ? block.histograms?.[base + s] : undefined;
    at++;
  }
  return histograms === undefined ? { labels, timestamps, values } : { labels, timestamps, values, histograms };
}
