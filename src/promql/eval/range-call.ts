import type { EpochMillis, Millis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import type { SeriesColumns } from '../../storage';
import { unwrapParens } from '../ast';
import type { Call, Expr, MatrixSelector, Place, Subquery } from '../ast';
import { PromqlExecutionError } from '../errors';
import { functions } from '../functions';
import { absentLabels } from '../functions/conversions';
import type { FunctionBody, RangeWindow } from '../functions/function';
import { FLOAT, HISTOGRAM, NONE, ROW_COST, setCell } from './block';
import type { Slicer, Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { dropNames, withoutName } from './label-maps';
import { load, newWindow } from './range-window';
import { Selection } from './selection';

/** What evaluates the parts of a call. */
export interface PartEvaluator {
  readonly environment: QueryEnvironment;
  vector(expr: Expr, steps: Steps): Promise<VectorBlock>;
  scalar(expr: Expr, steps: Steps): Promise<Float64Array>;
}

/** Where the series of a range vector come from. */
interface RangeSource {
  readonly labels: readonly Labels[];
  readonly drop: Uint8Array | undefined;
  at(row: number): SeriesColumns | undefined;
  giveWay(): Promise<void>;
}

/** How windows lie over the series. */
interface WindowPlan {
  /** End of the window of the first step; all steps have it when `fixed`. */
  readonly end: EpochMillis;
  readonly fixed: boolean;
  readonly range: Millis;
  /** What `anchored` and `smoothed` add on either side. */
  readonly before: Millis;
  readonly after: Millis;
}

type RangeBody = Extract<FunctionBody, { kind: 'range' }>;

/** Windows between two looks at the clock. */
const STRIDE = 4096;
const ORIGIN: Place = { start: 0, end: 0 };
const ABSENT_BODY: RangeBody = { kind: 'range', eval: () => 1 };

/** The argument of a call that is a range vector. */
export function rangeArgument(call: Call): MatrixSelector | Subquery | undefined {
  for (const arg of call.args) {
    const inner = unwrapParens(arg);
    if (inner.kind === 'matrix' || inner.kind === 'subquery') return inner;
  }
  return undefined;
}

/** Evaluates a function of a range vector. */
export async function evalRangeCall(parts: PartEvaluator, call: Call, steps: Steps): Promise<VectorBlock> {
  const { environment } = parts;
  const argument = rangeArgument(call);
  const definition = functions.get(call.func);
  const body = definition.body.kind === 'range' ? definition.body : ABSENT_BODY;
  if (argument === undefined) throw new PromqlExecutionError(`${call.func} needs a range vector`);
  checkBoundary(call, argument, body);
  const others = call.args.filter((arg) => unwrapParens(arg) !== argument);
  const scalars: Float64Array[] = [];
  for (const arg of others) scalars.push(await parts.scalar(arg, steps));

  const { source, plan } = await openSource(parts, argument, steps);
  const block = environment.newVector(source.labels, steps.count);
  const boundary = argument.kind === 'matrix' ? argument.selector.boundary : undefined;
  // Samples of a subquery have no place of their own: notes on them point to the start of the text.
  // Notes point to the first argument.
  const [first] = call.args;
  const isFirst = first === undefined || unwrapParens(first) === argument;
  const window = newWindow(environment, !isFirst ? first : argument.kind === 'matrix' ? argument : ORIGIN, boundary);
  const bucketless = argument.kind === 'matrix' && environment.bucketless.has(argument.selector);
  window.argPlaces = others;
  window.range = plan.range;
  const args = new Array<number>(scalars.length);
  window.args = args;
  const run: RowRun = {
    environment,
    body,
    window,
    block,
    steps,
    plan,
    scalars,
    args,
    floats: newBounds(steps.count),
    histograms: newBounds(steps.count),
  };
  const stride = Math.max(1, Math.floor(STRIDE / steps.count));
  for (let row = 0; row < source.labels.length; row++) {
    if (row % stride === stride - 1 && environment.budget.isSliceOver) await source.giveWay();
    const columns = source.at(row);
    if (columns === undefined) continue;
    load(window, columns, bucketless);
    // Taken here, where other work has its turns, rather than for all series at once.
    if (!environment.delayed && body.keepsName !== true) withoutName(columns.labels);
    if (environment.budget.samples > environment.budget.limits.maxSamples) environment.budget.check();
    runRow(run, row);
  }
  if (body.counter === true) await noteNonCounters(environment, block, window.place);
  if (call.func === 'absent_over_time') return absentRow(environment, call, block);
  if (body.keepsName === true) {
    block.drop = source.drop;
    return block;
  }
  return dropNames(block, environment.delayed, environment.budget);
}

function checkBoundary(call: Call, argument: MatrixSelector | Subquery, body: RangeBody): void {
  const boundary = argument.kind === 'matrix' ? argument.selector.boundary : undefined;
  if (boundary === undefined || body.boundaries?.includes(boundary) === true) return;
  const able = [...functions]
    .filter((known) => known.body.kind === 'range' && known.body.boundaries?.includes(boundary) === true)
    .map(({ name }) => name)
    .sort();
  throw new PromqlExecutionError(
    `${boundary} modifier can only be used with: ${able.join(', ')} - not with ${call.func}`,
  );
}

/** Where windows begin and end in an array of times; good for every series that shares the array. */
interface WindowBounds {
  times: RangeWindow['times'] | undefined;
  from: number;
  to: number;
  readonly lo: Int32Array;
  readonly hi: Int32Array;
}

function newBounds(count: number): WindowBounds {
  return { times: undefined, from: 0, to: 0, lo: new Int32Array(count), hi: new Int32Array(count) };
}

function findBounds(
  bounds: WindowBounds,
  times: RangeWindow['times'],
  from: number,
  to: number,
  { step, count }: Steps,
  plan: WindowPlan,
): void {
  if (bounds.times === times && bounds.from === from && bounds.to === to) return;
  bounds.times = times;
  bounds.from = from;
  bounds.to = to;
  let lo = from;
  let hi = from;
  for (let s = 0; s < count; s++) {
    const end = (plan.fixed ? plan.end : plan.end + s * step) + plan.after;
    const start = end - plan.after - plan.range - plan.before;
    // A store gives just the window of a single step: then there is nothing to search.
    if (hi < to && (times[to - 1] ?? 0) <= end) hi = to;
    while (hi < to && (times[hi] ?? 0) <= end) hi++;
    while (lo < hi && (times[lo] ?? 0) <= start) lo++;
    bounds.lo[s] = lo;
    bounds.hi[s] = hi;
  }
}

/** What runs over the rows of a call. */
interface RowRun {
  readonly environment: QueryEnvironment;
  readonly body: RangeBody;
  readonly window: RangeWindow;
  readonly block: VectorBlock;
  readonly steps: Steps;
  readonly plan: WindowPlan;
  readonly scalars: readonly Float64Array[];
  readonly args: number[];
  readonly floats: WindowBounds;
  readonly histograms: WindowBounds;
}

function runRow(run: RowRun, row: number): void {
  const { body, window, block, plan, scalars, args, floats, histograms } = run;
  const { start, step, count } = run.steps;
  const hasHistograms = window.histogramHi > 0;
  findBounds(floats, window.times, window.lo, window.hi, run.steps, plan);
  if (hasHistograms) {
    findBounds(histograms, window.histogramTimes, window.histogramLo, window.histogramHi, run.steps, plan);
  }
  window.resets = body.usesResets === true && count > 4 && !plan.fixed ? resetsOf(window) : undefined;
  window.resetFrom = 0;
  let read = 0;
  for (let s = 0; s < count; s++) {
    const lo = floats.lo[s] ?? 0;
    const hi = floats.hi[s] ?? 0;
    if (hasHistograms) {
      window.histogramLo = histograms.lo[s] ?? 0;
      window.histogramHi = histograms.hi[s] ?? 0;
    }
    const samples = hi - lo + window.histogramHi - window.histogramLo;
    if (samples === 0) continue;
    read += samples;
    const windowEnd = plan.fixed ? plan.end : plan.end + s * step;
    window.lo = lo;
    window.hi = hi;
    window.start = windowEnd - plan.range;
    window.end = windowEnd;
    window.at = start + s * step;
    if (window.resets !== undefined) {
      const { resets } = window;
      while (window.resetFrom < resets.length && (resets[window.resetFrom] ?? 0) <= lo) window.resetFrom++;
    }
    for (let a = 0; a < scalars.length; a++) args[a] = scalars[a]?.[s] ?? NaN;
    setCell(block, row * count + s, body.eval(window));
  }
  run.environment.budget.samples += read;
}

/** Where the values sink. */
function resetsOf({ values, lo, hi }: RangeWindow): Int32Array {
  const found: number[] = [];
  for (let i = lo + 1; i < hi; i++) if ((values[i] ?? NaN) < (values[i - 1] ?? NaN)) found.push(i);
  return Int32Array.from(found);
}

const COUNTER_NAME = /_(?:total|sum|count|bucket)$/;
const suspects = new WeakMap<readonly Labels[], readonly number[]>();

/** The rows whose names are not those of counters. */
async function suspectRows(labels: readonly Labels[], slicer: Slicer): Promise<readonly number[]> {
  const known = suspects.get(labels);
  if (known !== undefined) return known;
  const rows: number[] = [];
  await slicer.inSlices(labels.length, ROW_COST, (from, to) => {
    for (let row = from; row < to; row++) {
      const name = labels[row]?.metricName ?? '';
      if (name !== '' && !COUNTER_NAME.test(name)) rows.push(row);
    }
  });
  suspects.set(labels, rows);
  return rows;
}

/** Notes series that a counter's function was asked of although their names are not those of counters. */
async function noteNonCounters(environment: QueryEnvironment, block: VectorBlock, place: Place): Promise<void> {
  for (const row of await suspectRows(block.labels, environment.budget)) {
    for (let cell = row * block.steps; cell < (row + 1) * block.steps; cell++) {
      if (block.kinds[cell] !== FLOAT) continue;
      environment.notes.possibleNonCounter(block.labels[row]?.metricName ?? '', place);
      break;
    }
  }
}

async function absentRow(environment: QueryEnvironment, call: Call, found: VectorBlock): Promise<VectorBlock> {
  const { steps } = found;
  const block = environment.newVector([absentLabels(call.args[0])], steps);
  block.kinds.fill(FLOAT);
  block.values.fill(1);
  await environment.budget.inSlices(found.kinds.length, 1, (from, to) => {
    for (let cell = from; cell < to; cell++) if (found.kinds[cell] !== NONE) block.kinds[cell % steps] = NONE;
  });
  return block;
}

async function openSource(
  parts: PartEvaluator,
  argument: MatrixSelector | Subquery,
  steps: Steps,
): Promise<{ source: RangeSource; plan: WindowPlan }> {
  const { environment } = parts;
  const shifted = argument.kind === 'matrix' ? argument.selector : argument;
  const offset = environment.offsetOf(shifted);
  const range = environment.millis(argument.range, false);
  const fixed = shifted.at !== undefined;
  const end = (shifted.at === undefined ? steps.start : environment.instantOf(shifted.at)) - offset;
  const last = fixed ? end : end + (steps.count - 1) * steps.step;
  if (argument.kind === 'matrix') {
    const { lookback } = environment;
    const before = argument.selector.boundary === undefined ? 0 : lookback;
    const after = argument.selector.boundary === 'smoothed' ? lookback : 0;
    const { matchers } = argument.selector;
    const selection = await Selection.of(environment, argument.selector, matchers, end - range - before, last + after);
    const source: RangeSource = {
      labels: selection.labels,
      drop: undefined,
      at: (row) => selection.at(row),
      giveWay: () => selection.giveWay(),
    };
    return { source, plan: { end, fixed, range, before, after } };
  }
  const inner = await evalSubquery(parts, argument, end - range, last);
  const source: RangeSource = {
    labels: inner.labels,
    drop: inner.drop,
    at: inner.at,
    giveWay: () => environment.budget.giveWay(),
  };
  return { source, plan: { end, fixed, range, before: 0, after: 0 } };
}

/** The samples of a subquery in (start, end], at multiples of its step. */
export async function evalSubquery(
  parts: PartEvaluator,
  subquery: Subquery,
  start: EpochMillis,
  end: EpochMillis,
): Promise<{
  readonly labels: readonly Labels[];
  readonly drop: Uint8Array | undefined;
  at(row: number): SeriesColumns | undefined;
}> {
  const { environment } = parts;
  const step = subquery.step === undefined ? environment.subqueryStep : environment.millis(subquery.step, false);
  if (step <= 0) throw new PromqlExecutionError('zero or negative subquery step');
  const first = (Math.floor(start / step) + 1) * step;
  const count = Math.floor((end - first) / step) + 1;
  if (count <= 0) return { labels: [], drop: undefined, at: () => undefined };
  const block = await parts.vector(subquery.expr, { start: first, step, count, end });
  const at = (row: number): SeriesColumns | undefined => {
    const labels = block.labels[row];
    if (labels === undefined) return undefined;
    const timestamps = new Float64Array(count);
    const values = new Float64Array(count);
    const histograms: (NativeHistogram | undefined)[] | undefined = block.histograms === undefined ? undefined : [];
    let to = 0;
    for (let s = 0; s < count; s++) {
      const cell = row * count + s;
      const kind = block.kinds[cell];
      if (kind === NONE) continue;
      timestamps[to] = first + s * step;
      values[to] = block.values[cell] ?? NaN;
      if (histograms !== undefined) {
        const histogram = kind === HISTOGRAM ? block.histograms?.[cell] : undefined;
        // What a sample says of the one before it need not hold for the one the subquery takes before it.
        histograms[to] =
          histogram === undefined || histogram.counterResetHint === 'gauge'
            ? histogram
            : { ...histogram, counterResetHint: 'unknown' };
      }
      to++;
    }
    const columns = { labels, timestamps, values, from: 0, to };
    return histograms === undefined ? columns : { ...columns, histograms };
  };
  return { labels: block.labels, drop: block.drop, at };
}
