import type { EpochMillis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import type { SeriesColumns } from '../../storage';
import { unwrapParens } from '../ast';
import type { Call, Expr, MatrixSelector, Place, Subquery } from '../ast';
import { PromqlExecutionError } from '../errors';
import { functions } from '../functions';
import { absentLabels } from '../functions/conversions';
import { FLOAT, HISTOGRAM, NONE, ROW_COST } from './block';
import type { Slicer, Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { dropNames } from './label-maps';
import { RangeRows } from './range-rows';
import type { RangeBody, WindowPlan } from './range-rows';
import { newWindow } from './range-window';
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
  /** What `at` costs, in samples. */
  readonly rowCost: number;
  /** Whether the columns of a row may be held while other work has its turn. */
  readonly isStable: boolean;
  at(row: number): SeriesColumns | undefined;
  giveWay(): Promise<void>;
}

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

  const { source, plan } = await openSource(parts, argument, steps, body.usesResets === true);
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
  const rows = new RangeRows({ environment, body, window, block, steps, plan, scalars, bucketless });
  for (let row = 0; row < source.labels.length; row++) {
    if (rows.isDue && environment.budget.isSliceOver) await source.giveWay();
    const columns = source.at(row);
    if (columns === undefined) continue;
    rows.begin(row, columns, source.rowCost);
    while (!rows.run(source.isStable)) if (environment.budget.isSliceOver) await source.giveWay();
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
  resets: boolean,
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
    const start = end - range - before;
    const selection = await Selection.of(environment, argument.selector, matchers, start, last + after, resets);
    const source: RangeSource = {
      labels: selection.labels,
      drop: undefined,
      rowCost: 0,
      isStable: selection.isStable,
      at: (row) => selection.at(row),
      giveWay: () => selection.giveWay(),
    };
    return { source, plan: { end, fixed, range, before, after } };
  }
  const inner = await evalSubquery(parts, argument, end - range, last);
  const source: RangeSource = {
    labels: inner.labels,
    drop: inner.drop,
    rowCost: inner.count,
    isStable: true,
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
  /** Steps per series. */
  readonly count: number;
  at(row: number): SeriesColumns | undefined;
}> {
  const { environment } = parts;
  const step = subquery.step === undefined ? environment.subqueryStep : environment.millis(subquery.step, false);
  if (step <= 0) throw new PromqlExecutionError('zero or negative subquery step');
  const first = (Math.floor(start / step) + 1) * step;
  const count = Math.floor((end - first) / step) + 1;
  if (count <= 0) return { labels: [], drop: undefined, count: 0, at: () => undefined };
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
  return { labels: block.labels, drop: block.drop, count, at };
}
