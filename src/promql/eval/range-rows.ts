import type { EpochMillis, Millis } from '../../base/clock';
import type { SeriesColumns } from '../../storage';
import type { FunctionBody, RangeWindow } from '../functions/function';
import { ROW_COST, setCell } from './block';
import type { Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { load } from './range-window';

/** How a function of a range vector computes. */
export type RangeBody = Extract<FunctionBody, { kind: 'range' }>;

/** How windows lie over the series. */
export interface WindowPlan {
  /** End of the window of the first step; all steps have it when `fixed`. */
  readonly end: EpochMillis;
  readonly fixed: boolean;
  readonly range: Millis;
  /** What `anchored` and `smoothed` add on either side. */
  readonly before: Millis;
  readonly after: Millis;
}

/** What runs over the rows of a call. */
export interface RangeRun {
  readonly environment: QueryEnvironment;
  readonly body: RangeBody;
  /** Filled for each window in turn. */
  readonly window: RangeWindow;
  readonly block: VectorBlock;
  readonly steps: Steps;
  readonly plan: WindowPlan;
  /** Scalar arguments by step. */
  readonly scalars: readonly Float64Array[];
  /** Histograms are read without their buckets. */
  readonly bucketless: boolean;
}

/** Samples between two looks at the clock. */
const STRIDE = 4096;

/** Runs a function over the windows of one series after the other, so many samples at a time. */
export class RangeRows {
  private readonly floats: WindowBounds;
  private readonly histograms: WindowBounds;
  private readonly args: number[];
  private hasHistograms = false;
  private row = 0;
  private step = 0;
  private cost = 0;

  constructor(private readonly on: RangeRun) {
    this.floats = newBounds(on.steps.count);
    this.histograms = newBounds(on.steps.count);
    this.args = new Array<number>(on.scalars.length);
    on.window.args = this.args;
  }

  /** Whether enough was done for a look at the clock; asking starts the count anew. */
  get isDue(): boolean {
    if (this.cost < STRIDE) return false;
    this.cost = 0;
    return true;
  }

  /** Turns to a row's series. @param cost what having its columns cost, in samples. */
  begin(row: number, columns: SeriesColumns, cost: number): void {
    const { window, steps, plan, body, bucketless } = this.on;
    load(window, columns, bucketless);
    this.row = row;
    this.step = 0;
    this.cost += cost + ROW_COST;
    findBounds(this.floats, window.times, window.lo, window.hi, steps, plan);
    this.hasHistograms = window.histogramHi > 0;
    if (this.hasHistograms) {
      findBounds(this.histograms, window.histogramTimes, window.histogramLo, window.histogramHi, steps, plan);
    }
    // Where the store does not tell them, looking for resets pays when windows overlap.
    if (body.usesResets === true && window.resets === undefined && steps.count > 4 && !plan.fixed) {
      window.resets = resetsOf(window);
    }
    window.resetFrom = window.resets === undefined ? 0 : firstAbove(window.resets, window.lo);
  }

  /**
   * Goes over the windows of the row. False when there is more to do after a look at the clock: then to be called again.
   * @param mayPause whether that may be.
   */
  run(mayPause: boolean): boolean {
    const { body, window, block, plan, scalars } = this.on;
    const { start, step, count } = this.on.steps;
    const { args, floats, histograms, hasHistograms } = this;
    const most = mayPause ? STRIDE - this.cost : Infinity;
    let read = 0;
    let s = this.step;
    for (; s < count && read < most; s++) {
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
      setCell(block, this.row * count + s, body.eval(window));
    }
    this.on.environment.budget.samples += read;
    if (s === count) {
      this.cost += read;
      return true;
    }
    this.step = s;
    this.cost = 0;
    return false;
  }
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

/** Where the values sink. */
function resetsOf({ values, lo, hi }: RangeWindow): number[] {
  const found: number[] = [];
  for (let i = lo + 1; i < hi; i++) if ((values[i] ?? NaN) < (values[i - 1] ?? NaN)) found.push(i);
  return found;
}

/** The place in an ascending list of the first number above `bound`; the list's length when there is none. */
function firstAbove(list: readonly number[], bound: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? Infinity) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
