/** Bodies of Prometheus' HTTP API: queries, series, metadata, status. Rules and alerts are in `prometheus-rules.ts`. */

/** Why a request failed. */
export type PrometheusErrorType =
  'bad_data' | 'execution' | 'canceled' | 'timeout' | 'internal' | 'unavailable' | 'not_found' | 'not_acceptable';

/** The envelope of an answer. */
export interface PrometheusSuccess<T> {
  readonly status: 'success';
  readonly data: T;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** The envelope of a failure. */
export interface PrometheusFailure {
  readonly status: 'error';
  readonly errorType: PrometheusErrorType;
  readonly error: string;
}

/** Seconds since the epoch with milliseconds, and a number as text (`NaN`, `+Inf`, `-Inf` too). */
export type PrometheusPoint = readonly [seconds: number, value: string];

/** Boundary rule (0 left-open, 1 right-open, 2 open, 3 closed), lower and upper bound, count. */
export type PrometheusBucket = readonly [rule: 0 | 1 | 2 | 3, lower: string, upper: string, count: string];

/** A native histogram. */
export interface PrometheusHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly PrometheusBucket[];
}

/** An instant and a native histogram. */
export type PrometheusHistogramPoint = readonly [seconds: number, histogram: PrometheusHistogram];

/** A sample of an instant vector: `value` or `histogram`. */
export interface PrometheusVectorSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: PrometheusPoint;
  readonly histogram?: PrometheusHistogramPoint;
}

/** A series of a range vector; either list may be missing. */
export interface PrometheusMatrixSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly PrometheusPoint[];
  readonly histograms?: readonly PrometheusHistogramPoint[];
}

/** What a query cost; times in seconds. */
export interface PrometheusQueryStats {
  readonly timings: {
    readonly evalTotalTime: number;
    readonly resultSortTime: number;
    readonly queryPreparationTime: number;
    readonly innerEvalTime: number;
    readonly execQueueTime: number;
    readonly execTotalTime: number;
  };
  readonly samples: { readonly totalQueryableSamples: number; readonly peakSamples: number };
}

/** `data` of `query` and `query_range`. */
export type PrometheusQueryData = (
  | { readonly resultType: 'vector'; readonly result: readonly PrometheusVectorSample[] }
  | { readonly resultType: 'matrix'; readonly result: readonly PrometheusMatrixSeries[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: PrometheusPoint }
) & { readonly stats?: PrometheusQueryStats };

/** An entry of `metadata`. */
export interface PrometheusMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** An entry of `query_exemplars`. */
export interface PrometheusExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}

/** An entry of `targets`. */
export interface PrometheusTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl: string;
  readonly lastError: string;
  /** RFC 3339. */
  readonly lastScrape: string;
  /** Seconds. */
  readonly lastScrapeDuration: number;
  readonly health: 'up' | 'down' | 'unknown';
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

/** `data` of `targets`. */
export interface PrometheusTargets {
  readonly activeTargets: readonly PrometheusTarget[];
  readonly droppedTargets: readonly { readonly discoveredLabels: Readonly<Record<string, string>> }[];
  readonly droppedTargetCounts: Readonly<Record<string, number>>;
}

/** An entry of `targets/metadata`. */
export interface PrometheusTargetMetadata extends PrometheusMetadata {
  /** Labels of the target. */
  readonly target: Readonly<Record<string, string>>;
  /** Absent when one metric was asked for. */
  readonly metric?: string;
}

/** `data` of `alertmanagers`. */
export interface PrometheusAlertmanagers {
  readonly activeAlertmanagers: readonly { readonly url: string }[];
  readonly droppedAlertmanagers: readonly { readonly url: string }[];
}

/** `data` of `status/walreplay`: segments of the log. */
export interface PrometheusWalReplay {
  readonly min: number;
  readonly max: number;
  readonly current: number;
}

/** An entry of `notifications`. */
export interface PrometheusNotification {
  readonly text: string;
  /** RFC 3339. */
  readonly date: string;
  readonly active: boolean;
}

/** A name and how often it occurs. */
export interface PrometheusCount {
  readonly name: string;
  readonly value: number;
}

/** `data` of `status/tsdb`. */
export interface PrometheusTsdbStatus {
  readonly headStats: {
    readonly numSeries: number;
    readonly numLabelPairs: number;
    readonly chunkCount: number;
    readonly minTime: number;
    readonly maxTime: number;
  };
  readonly seriesCountByMetricName: readonly PrometheusCount[];
  readonly labelValueCountByLabelName: readonly PrometheusCount[];
  readonly memoryInBytesByLabelName: readonly PrometheusCount[];
  readonly seriesCountByLabelValuePair: readonly PrometheusCount[];
}
