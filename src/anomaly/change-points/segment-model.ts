import { robustDeviation } from './clean';
import { solveSymmetric } from './linear-solve';
import { partition } from './partition';
import { phaseMeans, sizeOf } from './season-basis';
import type { SeasonBasis } from './season-basis';
import { WhitenedCost } from './whitened-cost';
import type { SegmentShape } from './whitened-cost';

/** What a series is taken to be made of. */
export interface ModelSpec {
  /** Autocorrelation of the noise at one step, [0, 1). */
  readonly phi: number;
  /** Each segment is a level, or a line. */
  readonly shape: SegmentShape;
  /** One smooth trend runs through all segments: a polynomial of this degree; 0 for none. */
  readonly drift: 0 | 1 | 3;
  readonly season: SeasonBasis | undefined;
}

/** A series as the models see it. */
export interface ModelInput {
  /** Outliers drawn in. */
  readonly values: Float64Array;
  /** Time, from 0 to 1. */
  readonly axis: Float64Array;
  readonly weights: Float64Array;
  /** Least variance of the noise: rounding, or next to nothing. */
  readonly floor: number;
  /** What a change point costs in units of log(points), besides the parameters of its segment. */
  readonly strictness: number;
  readonly shortest: number;
  /** What a trend costs in units of log(points), besides its parameters: 0 where trends are commonplace. */
  readonly driftPrice: number;
  /** Whether a segment may be a line of its own. */
  readonly lines: boolean;
  /** Most places tried for a cut; longer series are tried on a grid and refined after. */
  readonly places: number;
}

/** A fitted model. */
export interface SegmentModel {
  readonly spec: ModelSpec;
  /** First points of the segments after the first, ascending. */
  readonly cuts: readonly number[];
  /** The season and the drift, per point. */
  readonly offset: Float64Array;
  /** All of what the model expects, per point. */
  readonly fitted: Float64Array;
  readonly cost: WhitenedCost;
  /** Variance of one step's surprise. */
  readonly variance: number;
  /** The smaller, the better: description length of model and residuals, in units of 2 nats. */
  readonly criterion: number;
}

const ROUNDS = 3;
const CLIP = 3;
const HALF_ROOT = Math.SQRT1_2;
/** So many independent points fewer than there are make a change point twice as dear. */
const UNSURE_POINTS = 10;

/** Fits a model: cuts, season and drift in turns. @param start cuts to begin with, such as those of a simpler model. */
export function fitModel(input: ModelInput, spec: ModelSpec, start: readonly number[] = []): SegmentModel {
  let offset = offsetOf(input, spec, start);
  let cuts: readonly number[] = start;
  for (let round = 0; round < ROUNDS; round++) {
    const cost = costOf(input, spec, offset);
    const variance = Math.max(input.floor, surpriseVariance(cost, input, offset, spec));
    const found = refine(cutsOf(cost, input, spec, variance), cost, input);
    const same = found.length === cuts.length && found.every((cut, at) => cut === cuts[at]);
    cuts = found;
    if (same && round > 0) break;
    if (spec.season === undefined && spec.drift === 0) break;
    offset = offsetOf(input, spec, cuts);
  }
  return modelOf(input, spec, cuts, offset);
}

/** The model with its cuts given: offset fitted anew. */
export function modelWith(input: ModelInput, spec: ModelSpec, cuts: readonly number[]): SegmentModel {
  return modelOf(input, spec, cuts, offsetOf(input, spec, cuts));
}

/**
 * What one more change point must gain, in variances. Autocorrelated noise leaves fewer points that count, and the fewer
 * there are, the less sure are the variance and the autocorrelation themselves.
 */
export function cutPenalty(input: ModelInput, { shape, phi }: ModelSpec): number {
  const parameters = shape === 'line' ? 2 : 1;
  const n = input.values.length;
  const independent = (n * (1 - phi)) / (1 + phi);
  const unsure = 1 + UNSURE_POINTS / independent;
  return unsure * (parameters + input.strictness) * Math.log(n) - Math.log(1 - phi * phi);
}

function cutsOf(cost: WhitenedCost, input: ModelInput, spec: ModelSpec, variance: number): number[] {
  const grid = Math.max(1, Math.ceil(cost.length / input.places));
  return partition(cost.length, (from, to) => cost.cost(from, to), {
    penalty: cutPenalty(input, spec) * variance,
    shortest: Math.max(input.shortest, spec.shape === 'line' ? 4 : 1),
    grid,
  });
}

/** Moves each cut to the best place between its neighbours, near to where the grid put it. */
function refine(cuts: readonly number[], cost: WhitenedCost, input: ModelInput): number[] {
  const grid = Math.max(1, Math.ceil(cost.length / input.places));
  if (grid === 1) return [...cuts];
  const refined = [...cuts];
  for (let index = 0; index < refined.length; index++) {
    const from = refined[index - 1] ?? 0;
    const to = refined[index + 1] ?? cost.length;
    const middle = refined[index] ?? 0;
    let best = Infinity;
    const last = Math.min(to - input.shortest, middle + grid);
    for (let at = Math.max(from + input.shortest, middle - grid); at <= last; at++) {
      const total = cost.cost(from, at) + cost.cost(at, to);
      if (total < best) {
        best = total;
        refined[index] = at;
      }
    }
  }
  return refined;
}

function costOf(input: ModelInput, spec: ModelSpec, offset: Float64Array): WhitenedCost {
  const values = new Float64Array(input.values.length);
  for (let at = 0; at < values.length; at++) values[at] = (input.values[at] ?? 0) - (offset[at] ?? 0);
  return new WhitenedCost(values, input.axis, spec.phi, input.weights, spec.shape);
}

/** Variance of the surprises from their differences, which no change of level disturbs; at most that of an uncut series. */
function surpriseVariance(
  cost: WhitenedCost,
  input: ModelInput,
  offset: Float64Array,
  { phi, season }: ModelSpec,
): number {
  const taken = sizeOf(season);
  const n = cost.length;
  const differences = new Float64Array(Math.max(0, n - 2));
  let value = (input.values[0] ?? 0) - (offset[0] ?? 0);
  let surprise = 0;
  for (let at = 1; at < n; at++) {
    const next = (input.values[at] ?? 0) - (offset[at] ?? 0);
    const surprised = (next - phi * value) * rootOf(input.weights[at]);
    if (at >= 2) differences[at - 2] = (surprised - surprise) * HALF_ROOT;
    value = next;
    surprise = surprised;
  }
  const limit = (CLIP * robustDeviation(differences)) ** 2 || Infinity;
  let sum = 0;
  for (const difference of differences) {
    const square = difference * difference;
    sum += square < limit ? square : limit;
  }
  const free = Math.max(1, differences.length - taken);
  return Math.min(sum / free, cost.cost(0, n) / Math.max(1, n - taken));
}

function modelOf(input: ModelInput, spec: ModelSpec, cuts: readonly number[], offset: Float64Array): SegmentModel {
  const n = input.values.length;
  const cost = costOf(input, spec, offset);
  const fitted = offset.slice();
  let left = 0;
  const bounds = [0, ...cuts, n];
  for (let index = 0; index + 1 < bounds.length; index++) {
    const from = bounds[index] ?? 0;
    const to = bounds[index + 1] ?? n;
    left += cost.cost(from, to);
    const { level, slope } = cost.fit(from, to);
    for (let at = from; at < to; at++) fitted[at] = (fitted[at] ?? 0) + level + slope * (input.axis[at] ?? 0);
  }
  const perSegment = spec.shape === 'line' ? 2 : 1;
  const parameters = perSegment + sizeOf(spec.season) + spec.drift + (spec.phi > 0 ? 1 : 0);
  const log = Math.log(n);
  const used = parameters + cuts.length * (perSegment + 1);
  const variance = Math.max(input.floor, left / Math.max(1, n - used));
  // The last term: with few points for each parameter the residuals look smaller than they are (as in AICc).
  const criterion =
    n * Math.log(Math.max(input.floor, left / n)) +
    (2 * used * (used + 1)) / Math.max(1, n - used - 1) +
    (parameters + (spec.drift > 0 ? input.driftPrice : 0)) * log -
    Math.log(1 - spec.phi * spec.phi) +
    cuts.length * cutPenalty(input, spec);
  return { spec, cuts, offset, fitted, cost, variance, criterion };
}

/** Season and drift by least squares beside the segments' own levels. */
function offsetOf(input: ModelInput, spec: ModelSpec, cuts: readonly number[]): Float64Array {
  const { season } = spec;
  const columns: Float64Array[] = [];
  for (let degree = 1; degree <= spec.drift; degree++) columns.push(input.axis.map((at) => at ** degree));
  if (season?.kind === 'waves') columns.push(...season.columns);
  let offset: Float64Array =
    columns.length === 0 ? new Float64Array(input.values.length) : combine(input, spec, cuts, columns);
  if (season?.kind !== 'phases') return offset;
  // Turns of the segments' fit and the means by phase: each is the best beside the other.
  let means: Float64Array = new Float64Array(season.count);
  for (let round = 0; round < 4; round++) {
    const seasonal = Float64Array.from(season.phases, (phase) => means[phase] ?? 0);
    const rest = { ...input, values: input.values.map((value, at) => value - (seasonal[at] ?? 0)) };
    offset = columns.length === 0 ? offset : combine(rest, spec, cuts, columns);
    const model = modelOf(rest, { ...spec, season: undefined }, cuts, offset);
    const residuals = input.values.map((value, at) => value - (model.fitted[at] ?? 0));
    means = phaseMeans(residuals, season.phases, season.count);
  }
  return offset.map((value, at) => value + (means[season.phases[at] ?? 0] ?? 0));
}

function combine(
  input: ModelInput,
  spec: ModelSpec,
  cuts: readonly number[],
  columns: readonly Float64Array[],
): Float64Array {
  const target = projected(input.values, input, spec, cuts);
  const free = columns.map((column) => projected(column, input, spec, cuts));
  const matrix = free.map(() => new Array<number>(free.length).fill(0));
  free.forEach((one, row) => {
    for (let column = row; column < free.length; column++) {
      const product = dot(one, free[column] ?? one);
      for (const [a, b] of [
        [row, column],
        [column, row],
      ] as const)
        (matrix[a] ?? [])[b] = product;
    }
  });
  const factors = solveSymmetric(
    matrix,
    free.map((column) => dot(column, target)),
  );
  const sum = new Float64Array(input.values.length);
  columns.forEach((column, index) => {
    const factor = factors[index] ?? 0;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + factor * (column[at] ?? 0);
  });
  return sum;
}

/** A column, whitened, less what the segments' own levels (and lines) explain of it. */
function projected(column: Float64Array, input: ModelInput, spec: ModelSpec, cuts: readonly number[]): Float64Array {
  const { phi } = spec;
  const n = column.length;
  const result = new Float64Array(n);
  const head = Math.sqrt(1 - phi * phi);
  for (let index = 0; index <= cuts.length; index++) {
    const from = index === 0 ? 0 : (cuts[index - 1] ?? 0);
    const to = cuts[index] ?? n;
    const segment = column.subarray(from, to);
    const axis = input.axis.subarray(from, to);
    const weights = input.weights.subarray(from, to);
    const { level, slope } = new WhitenedCost(segment, axis, phi, weights, spec.shape).fit(0, to - from);
    let before = 0;
    for (let at = from; at < to; at++) {
      const residual = (column[at] ?? 0) - level - slope * (input.axis[at] ?? 0);
      const surprise = at === from ? head * residual : residual - phi * before;
      result[at] = rootOf(input.weights[at]) * surprise;
      before = residual;
    }
  }
  return result;
}

/** Nearly all weights are 1. */
function rootOf(weight = 1): number {
  return weight === 1 ? 1 : Math.sqrt(weight);
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
