import type { EpochMillis, Millis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import type { Call, Place, ValueType } from '../ast';
import type { Annotations } from '../eval/annotations';
import type { Block, Slicer, Steps, VectorBlock } from '../eval/block';
import type { FloatHistogram } from '../histogram/float-histogram';

/**
 * The samples of one series in one window. One object serves a whole query: read it, do not keep it. Arrays may hold
 * samples outside the window; indices `lo` to `hi` (exclusive) are within.
 */
export interface RangeWindow {
  /** Float samples. */
  times: Float64Array | readonly number[];
  values: Float64Array | readonly number[];
  lo: number;
  hi: number;
  /** Native histograms. */
  histogramTimes: readonly number[];
  histograms: readonly NativeHistogram[];
  histogramLo: number;
  histogramHi: number;
  /** Start timestamps by float and histogram sample, 0 where unknown; absent when none is known. */
  starts: ArrayLike<number> | undefined;
  histogramStarts: ArrayLike<number> | undefined;
  /** Indices where the float values sink, ascending; absent when not worth knowing in advance. */
  resets: readonly number[] | undefined;
  /** First entry of `resets` that may lie in the window. */
  resetFrom: number;
  /** The instant of evaluation. */
  at: EpochMillis;
  /** The window, exclusive and inclusive, without what `anchored` and `smoothed` add. */
  start: EpochMillis;
  end: EpochMillis;
  /** Length of the window as written. */
  range: Millis;
  lookback: Millis;
  boundary: 'anchored' | 'smoothed' | undefined;
  labels: Labels;
  /** Values of the scalar arguments at this step, in order, the range vector left out. */
  args: readonly number[];
  /** Where the range vector stands in the query. */
  place: Place;
  /** Where the scalar arguments stand. */
  argPlaces: readonly Place[];
  notes: Annotations;
}

/** What a call that is neither per sample nor per window may use. */
export interface CallContext {
  readonly call: Call;
  readonly steps: Steps;
  readonly notes: Annotations;
  /** Metric names are dropped at the end of the query, not at once. */
  readonly delayed: boolean;
  /** The value of an argument. */
  argument(index: number): Promise<Block>;
  vector(index: number): Promise<VectorBlock>;
  scalar(index: number): Promise<Float64Array>;
  /** Takes the names away, now or by a mark. */
  dropNames(block: VectorBlock): Promise<VectorBlock>;
  /** Long loops go through it, so that the event loop is not held. */
  readonly slicer: Slicer;
  /** Counts a new block against the query's limits. */
  newVector(labels: readonly Labels[]): VectorBlock;
  /** Something that depends on the labels alone, made once for as long as they stay the same. */
  remember<T>(labels: readonly Labels[], make: () => Promise<T>): Promise<T>;
}

/** How a function computes. */
export type FunctionBody =
  /** Number by number; histograms are left out. `args` are the scalar arguments at the step. */
  | { readonly kind: 'float'; readonly eval: (value: number, args: readonly number[]) => number }
  /** Histogram by histogram; numbers are left out. */
  | { readonly kind: 'histogram'; readonly eval: (histogram: FloatHistogram, native: NativeHistogram) => number }
  /** Window by window. */
  | {
      readonly kind: 'range';
      readonly eval: (window: RangeWindow) => number | NativeHistogram | undefined;
      /** The result is a sample of the series itself: it keeps its name. */
      readonly keepsName?: boolean;
      /** The function counts on a counter. */
      readonly counter?: boolean;
      /** Has use for `RangeWindow.resets`. */
      readonly usesResets?: boolean;
      readonly boundaries?: readonly ('anchored' | 'smoothed')[];
    }
  /** A number from the instant and the query alone. */
  | { readonly kind: 'constant'; readonly eval: (query: QueryTimes, at: EpochMillis) => number }
  /** Scalars to a scalar. */
  | { readonly kind: 'scalar'; readonly eval: (args: readonly number[]) => number }
  /** Anything else. */
  | { readonly kind: 'block'; readonly eval: (context: CallContext) => Promise<Block> }
  /** Done by the evaluator itself, because it needs the store. */
  | { readonly kind: 'evaluator' };

/** The times of the query as a whole. */
export interface QueryTimes {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  /** 0 for an instant query. */
  readonly step: Millis;
}

/** A function: signature, documentation and body in one. */
export interface FunctionDefinition {
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  readonly args: readonly ValueType[];
  /** How often the last argument may be left out or repeated: 0 exactly once, n up to n times, -1 any number of times. */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Behind a feature flag in Prometheus. */
  readonly experimental: boolean;
  /** The value changes with the instant even when the arguments do not. */
  readonly varies: boolean;
  readonly body: FunctionBody;
}

type Optional = 'variadic' | 'returns' | 'experimental' | 'varies';

/** Declares a function; it returns an instant vector unless told otherwise. */
export function defineFunction(
  definition: Omit<FunctionDefinition, Optional> & Partial<Pick<FunctionDefinition, Optional>>,
): FunctionDefinition {
  return { variadic: 0, returns: 'vector', experimental: false, varies: false, ...definition };
}

/** Declares a function of one range vector. */
export function defineRangeFunction(
  definition: Pick<FunctionDefinition, 'name' | 'doc'> &
    Partial<Pick<FunctionDefinition, 'args' | Optional>> &
    Omit<Extract<FunctionBody, { kind: 'range' }>, 'kind'>,
): FunctionDefinition {
  const { name, doc, args = ['matrix'], variadic = 0, experimental = false, varies = false, ...body } = definition;
  return defineFunction({ name, doc, args, variadic, experimental, varies, body: { kind: 'range', ...body } });
}

/** Declares a function of each number of an instant vector. */
export function defineMathFunction(name: string, doc: string, evaluate: (value: number) => number): FunctionDefinition {
  return defineFunction({ name, doc, args: ['vector'], body: { kind: 'float', eval: evaluate } });
}
