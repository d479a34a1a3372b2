import type { EpochMillis, Millis } from '../base/clock';
import type { LedgerRow } from '../domain/ledger';
import type { PriceList } from '../pricing';
import type { ReportLine, ReportPeriod } from './report';

/** What is known of one operation in a period. */
export interface OperationFacts {
  readonly service: string;
  readonly operation: string;
  /** Empty where the operation belongs to no stage. */
  readonly stage: string;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: Millis;
  readonly p50Ms?: Millis;
  readonly p95Ms?: Millis;
  readonly p99Ms?: Millis;
}

/** A trace that shows where time went. */
export interface TraceFacts {
  readonly traceId: string;
  readonly service: string;
  readonly operation: string;
  readonly at: EpochMillis;
  readonly durationMs: Millis;
  readonly failed: boolean;
  /** Operations on the critical path, the longest first. */
  readonly path: readonly { readonly service: string; readonly operation: string; readonly ms: Millis }[];
}

/** One call of a tool as its span tells it. */
export interface ToolCallFacts {
  /** Empty where it is not known. */
  readonly session: string;
  readonly tool: string;
  readonly at: EpochMillis;
  readonly durationMs: Millis;
  readonly ok: boolean;
  /** Empty where the arguments were not recorded. */
  readonly arguments: string;
  /** Undefined where the result was not recorded. */
  readonly resultBytes?: number;
  readonly traceId: string;
}

/** One database statement as its span tells it. */
export interface StatementFacts {
  readonly system: string;
  /** The statement's text where it was recorded, its summary otherwise. */
  readonly statement: string;
  readonly at: EpochMillis;
  readonly durationMs: Millis;
  /** Empty where the statement belongs to no stage. */
  readonly stage: string;
  readonly traceId: string;
}

/** One HTTP request that this side made, as its span tells it. */
export interface RequestFacts {
  readonly host: string;
  readonly at: EpochMillis;
  readonly durationMs: Millis;
  /** How long connecting took (name, TCP and TLS); undefined where the request found a connection or nothing tells. */
  readonly connectMs?: Millis;
  /** Times the request was sent again. */
  readonly resends: number;
  readonly stage: string;
  readonly traceId: string;
}

/** How a pool did over a period. */
export interface PoolFacts {
  readonly pool: string;
  /** The most it may hold; undefined where it is not told. */
  readonly limit?: number;
  /** The 99th percentile of lent and wanted resources together. */
  readonly demand?: number;
  readonly acquisitions: number;
  /** Acquisitions that found nothing free and no room to grow. */
  readonly exhausted: number;
  /** Time that all acquisitions together waited. */
  readonly waitMs: Millis;
}

/** A cache over one stretch of time. */
export interface CacheWindow {
  readonly start: EpochMillis;
  readonly hours: number;
  /** Requests answered from the cache, with an old value too. */
  readonly hits: number;
  /** Requests that had to load. */
  readonly misses: number;
  /** Entries in memory at its end. */
  readonly entries: number;
}

/** How a cache did over a period. */
export interface CacheFacts {
  readonly cache: string;
  /** Entries in memory at most; undefined where it is not told. */
  readonly limit?: number;
  /** Loads, and how long they took together. */
  readonly loads: number;
  readonly loadMs: Millis;
  readonly windows: readonly CacheWindow[];
}

/** How a batcher did over a period. */
export interface BatcherFacts {
  readonly batcher: string;
  /** The wait for company it was set to, or had on average. */
  readonly windowMs?: Millis;
  readonly batches: number;
  readonly items: number;
  /** Time that all items together waited in the queue. */
  readonly waitMs: Millis;
}

/** How much of what happened is there to look at. */
export interface SamplingFacts {
  readonly service: string;
  /** Spans that were counted before any was dropped. */
  readonly counted: number;
  /** Spans that can be looked at. */
  readonly kept: number;
}

/** How an alert behaved. */
export interface AlertFacts {
  readonly name: string;
  /** Stretches of firing; `end` is undefined for one that lasts. */
  readonly episodes: readonly { readonly start: EpochMillis; readonly end?: EpochMillis }[];
  /** How long its condition must hold before it fires; undefined where the rule is not known. */
  readonly forMs?: Millis;
  /** Undefined where acknowledgements are not known. */
  readonly acknowledged?: number;
}

/** Everything a report is made of, for one period. */
export interface PeriodFacts {
  readonly calls: readonly LedgerRow[];
  readonly operations: readonly OperationFacts[];
  /** The slowest traces, the slowest first. */
  readonly traces: readonly TraceFacts[];
  readonly toolCalls: readonly ToolCallFacts[];
  readonly statements: readonly StatementFacts[];
  readonly requests: readonly RequestFacts[];
  readonly pools: readonly PoolFacts[];
  readonly caches: readonly CacheFacts[];
  readonly batchers: readonly BatcherFacts[];
  readonly sampling: readonly SamplingFacts[];
  readonly alerts: readonly AlertFacts[];
  /** Latency by stage over time, in ms. */
  readonly latencies: readonly ReportLine[];
  /** Resources over time, each in its own unit. */
  readonly resources: readonly ReportLine[];
  /** The share of traces that tools, statements and requests were read from, above 0 and at most 1. */
  readonly detailShare: number;
  /** Sentences: what could not be read or is only a part. */
  readonly gaps: readonly string[];
}

/** Where a report's facts come from. */
export interface ReportData {
  /** What tokens cost; savings in money stay unknown without. */
  readonly prices?: PriceList;
  read(period: ReportPeriod): Promise<PeriodFacts>;
}

/** Facts of a period in which nothing happened. */
export const NO_FACTS: PeriodFacts = {
  calls: [],
  operations: [],
  traces: [],
  toolCalls: [],
  statements: [],
  requests: [],
  pools: [],
  caches: [],
  batchers: [],
  sampling: [],
  alerts: [],
  latencies: [],
  resources: [],
  detailShare: 1,
  gaps: [],
};
