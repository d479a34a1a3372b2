import type { EpochMillis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import type { Labels } from '../../domain/labels';
import type { Matcher } from '../../domain/matcher';
import type { Exemplar, MetricMetadata } from '../../domain/sample';

/**
 * The samples of one series in a window, as columns. The arrays belong to the store and are valid until the next await;
 * they are read, never written. Only indices `from` (inclusive) to `to` (exclusive) belong to the window.
 */
export interface SeriesColumns {
  readonly labels: Labels;
  /** Ascending, no duplicates. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
  /** 1 where the sample is a staleness marker; absent when the window has none. */
  readonly stale?: Uint8Array;
  /** By the same index, where samples are native histograms; absent when the window has none. */
  readonly histograms?: readonly (NativeHistogram | undefined)[];
  /**
   * Indices at which the value is less than the one before, ascending; may hold some outside the window. Given where it was
   * asked for, the store knows it and the window has neither staleness markers nor histograms.
   */
  readonly resets?: readonly number[];
  /** By the same index, when the counter behind each sample was started (ms), 0 where unknown; absent when never known. */
  readonly starts?: Float64Array;
}

/** The newest sample of a series. */
export interface NewestSample {
  readonly t: EpochMillis;
  /** NaN where the sample is a histogram. */
  readonly value: number;
  readonly histogram?: NativeHistogram;
}

/** What a query can tell the store in advance. */
export interface SelectHints {
  /** Stop with a LimitExceededError beyond so many series. */
  readonly seriesLimit?: number;
  /** The growth of counters is asked for: `SeriesColumns.resets` would spare looking at every value. */
  readonly resets?: boolean;
}

/** Reading series. A backend on this machine answers at once; a remote one with a promise. */
export interface SeriesReader {
  /** Columns that were handed out keep their samples whatever is written later: readers may hold them across awaits. */
  readonly stableColumns?: boolean;
  /**
   * The series that pass all matchers and have a sample in (start, end], left-open as in Prometheus 3; unsorted. Remote
   * backends may return samples outside the window; embedded ones never do.
   * @throws LimitExceededError when more series match than the hints allow.
   */
  select(
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
    hints?: SelectHints,
  ): SeriesColumns[] | Promise<SeriesColumns[]>;
  /**
   * The newest sample of one series, staleness markers left out, when the store has it at hand; undefined where there is
   * none or it is far back.
   */
  newest?(labels: Labels): NewestSample | undefined;
  /** Label sets of the series that pass any of the selectors and have a sample in [start, end]; no selector means all. */
  series(selectors: readonly (readonly Matcher[])[], start: EpochMillis, end: EpochMillis): Promise<Labels[]>;
  /** Label names among the same series, sorted, without duplicates. */
  labelNames(selectors: readonly (readonly Matcher[])[], start: EpochMillis, end: EpochMillis): Promise<string[]>;
  /** Values of one label among the same series, sorted, without duplicates. */
  labelValues(
    label: string,
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<string[]>;
  /** Exemplars of the matching series in [start, end], by series. */
  exemplars(
    selectors: readonly (readonly Matcher[])[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<{ labels: Labels; exemplars: Exemplar[] }[]>;
  /** By metric name; all names without an argument. */
  metadata(metric?: string): Promise<ReadonlyMap<string, MetricMetadata>>;
}

/** One sample on its way in. */
export interface IncomingSample {
  readonly labels: Labels;
  readonly t: EpochMillis;
  readonly value: number;
  readonly histogram?: NativeHistogram;
  readonly stale?: boolean;
  readonly exemplar?: Exemplar;
  /** When the counter behind the sample was started; kept by stores that can. */
  readonly start?: EpochMillis;
}

/** Why samples were not taken. */
export type RefusalReason =
  | 'out_of_order'
  | 'duplicate'
  | 'too_old'
  | 'too_far_in_future'
  | 'series_limit'
  | 'metric_series_limit'
  | 'label_limit';

/** What became of a batch; refusals are part of normal life. */
export interface AppendOutcome {
  readonly appended: number;
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** One example per reason, naming the series. */
  readonly examples: Readonly<Partial<Record<RefusalReason, string>>>;
}

/** Writing series. */
export interface SeriesWriter {
  /**
   * Takes a batch, in order. Resolves when what was taken is durable and visible to queries.
   * @throws OverloadedError when the store's queue is full: nothing was taken.
   */
  append(samples: readonly IncomingSample[]): Promise<AppendOutcome>;
  /** Remembers what is known about metric names; the last word wins. */
  describe(metadata: ReadonlyMap<string, MetricMetadata>): void;
  /** Called after each visible batch with the label sets it touched, for push evaluation and cache invalidation. */
  onAppend?(listener: (touched: readonly Labels[], newest: EpochMillis) => void): () => void;
}

/** Taking samples out again. */
export interface SeriesRemover {
  /**
   * Removes the samples in [start, end] of the series that pass all matchers, as they are now: what is appended later stays,
   * at whatever time. Exemplars and metadata stay too. Resolves when it is durable and readers do not see them any more.
   * @throws StoreUnavailableError when it cannot be made durable: part of it may be done.
   */
  deleteSamples(matchers: readonly Matcher[], start: EpochMillis, end: EpochMillis): Promise<void>;
}

/** What the keeper of a store on this machine's disk may ask of it. */
export interface SeriesAdmin extends SeriesRemover {
  /** Gives the disk back what deleted samples take; a store may do so later by itself. */
  cleanDeleted(): Promise<void>;
  /**
   * Copies the store as it is at one moment during the call, with everything acknowledged before it, to a folder that a
   * store can be started on; its name below the folder of copies.
   * @param sealedOnly leaves out what is not in a block yet.
   */
  copy(sealedOnly: boolean): Promise<string>;
}

/** A store of series. */
export interface SeriesStore extends SeriesReader, SeriesWriter, Partial<SeriesRemover> {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Injection token of the store of series. */
export const SERIES_STORE = Symbol('SeriesStore');
