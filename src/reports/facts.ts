import type { EpochMillis, Millis } from '../base/clock';
import type { LedgerRow, SessionActivity } from '../domain/ledger';
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
  readonly session: string;
  readonly tool: string;
  readonly at: EpochMillis;
  readonly durationMs: Millis;
  /** Empty where the arguments were not recorded. */
  readonly arguments: string;
  /** Undefined where the result was not recorded. */
  readonly resultBytes?: number;
  readonly traceId: string;
}

/** One database statement as its span tells it. */
export interface StatementFacts {
  readonly system: string;
  readonly statement: string;
  readonly durationMs: Millis;
  readonly traceId: string;
}

/** How an alert behaved. */
export interface AlertFacts {
  readonly name: string;
  /** Stretches of firing; `end` is undefined for one that lasts. */
  readonly episodes: readonly { readonly start: EpochMillis; readonly end?: EpochMillis }[];
  /** Undefined where acknowledgements are not known. */
  readonly acknowledged?: number;
}

/** Everything a report is made of, for one period. */
export interface PeriodFacts {
  readonly calls: readonly LedgerRow[];
  readonly activities: readonly SessionActivity[];
  readonly operations: readonly OperationFacts[];
  /** The slowest traces, the slowest first. */
  readonly traces: readonly TraceFacts[];
  readonly toolCalls: readonly ToolCallFacts[];
  readonly statements: readonly StatementFacts[];
  readonly alerts: readonly AlertFacts[];
  /** Latency by stage over time, in ms. */
  readonly latencies: readonly ReportLine[];
  /** Resources over time, each in its own unit. */
  readonly resources: readonly ReportLine[];
  /** Sentences: what could not be read or is only a part. */
  readonly gaps: readonly string[];
}

/** Where a report's facts come from. */
export interface ReportData {
  read(period: ReportPeriod): Promise<PeriodFacts>;
}

/** Facts of a period in which nothing happened. */
export const NO_FACTS: PeriodFacts = {
  calls: [],
  activities: [],
  operations: [],
  traces: [],
  toolCalls: [],
  statements: [],
  alerts: [],
  latencies: [],
  resources: [],
  gaps: [],
};
