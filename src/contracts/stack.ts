/** Bodies of the stack's own API under `/api/stack/`. Instants are epoch milliseconds; null means "not reported". */

/** One row of `GET /api/stack/ledger`: one model call. */
export interface StackLedgerRow {
  readonly id: string;
  /** Start of the call. */
  readonly at: number;
  readonly time: string;
  readonly session: string;
  readonly turn: string;
  readonly agent: string;
  readonly agentId: string;
  readonly user: string;
  readonly repository: string;
  readonly branch: string;
  readonly emitter: string;
  readonly service: string;
  readonly operation: string;
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  /** All input, cached included. */
  readonly inputTokens: number | null;
  readonly uncachedInputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly cacheWrite5mTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
  /** All output, reasoning included. */
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** By list price. */
  readonly costUsd: number | null;
  readonly costCatalog: string;
  readonly costCatalogVersion: string;
  readonly pricedAt: number | null;
  readonly costMultiplier: number | null;
  /** By the vendor's own word. */
  readonly reportedCostUsd: number | null;
  readonly tier: string;
  readonly latencyMs: number | null;
  readonly timeToFirstTokenMs: number | null;
  readonly outcome: string;
  readonly errorType: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly source: string;
  readonly sources: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
  readonly discrepancies: readonly string[];
  readonly superseded: boolean;
}

/** Tokens of many calls; the four classes `uncached`, `cacheRead`, `cacheWrite` and `output` add up without overlap. */
export interface StackTokens {
  readonly input: number | null;
  readonly uncached: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly cacheWrite5m: number | null;
  readonly cacheWrite1h: number | null;
  readonly output: number | null;
  readonly reasoning: number | null;
}

/** One session of `GET /api/stack/sessions`. */
export interface StackSession {
  readonly session: string;
  readonly emitter: string;
  readonly service: string;
  readonly user: string;
  readonly repository: string;
  readonly branch: string;
  readonly start: number;
  readonly end: number;
  readonly modelCalls: number;
  readonly failedCalls: number;
  readonly toolCalls: number;
  readonly failedToolCalls: number;
  readonly subAgents: number;
  readonly turns: number;
  readonly models: readonly string[];
  readonly tokens: StackTokens;
  readonly callsWithoutUsage: number;
  readonly costUsd: number | null;
  readonly reportedCostUsd: number | null;
  readonly callsWithoutCost: number;
  readonly waitMs: number;
  readonly discrepancies: number;
}

/** One thing that happened in a session besides model calls. */
export interface StackActivity {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly at: number;
  readonly durationMs: number | null;
  readonly waitMs: number | null;
  readonly ok: boolean | null;
  readonly errorType: string;
  readonly turn: string;
  readonly agentId: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly sources: readonly string[];
}

/** `GET /api/stack/sessions/{id}`. */
export interface StackSessionDetail extends StackSession {
  readonly calls: readonly StackLedgerRow[];
  readonly activities: readonly StackActivity[];
  /** Traces the session's calls and activities belong to, by first use. */
  readonly traceIds: readonly string[];
}

/** One line of `GET /api/stack/logs`. */
export interface StackLog {
  readonly at: number;
  readonly time: string;
  readonly severity: number;
  readonly severityText: string;
  readonly service: string;
  readonly eventName: string;
  /** Empty where it is withheld. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Attributes, and `body`, with what was said or done: given by `POST /api/stack/logs/content` only, which is logged. */
  readonly withheld: readonly string[];
  readonly traceId: string;
  readonly spanId: string;
}

/** One line of a waterfall in `GET /api/stack/traces/{id}`: structure only, attributes come by span. */
export interface StackTraceRow {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  readonly depth: number;
  /** From the trace's start. */
  readonly offsetMs: number;
  readonly durationMs: number;
  /** Time on the critical path. */
  readonly criticalMs: number;
  readonly error: boolean;
  /** How many alike siblings the line stands for. */
  readonly count: number;
  /** Spans below that are not shown. */
  readonly hidden: number;
  readonly skewMs: number;
  readonly synthetic: boolean;
  readonly warnings: readonly string[];
}

/** `GET /api/stack/traces/{id}`. */
export interface StackTrace {
  readonly traceId: string;
  readonly start: number;
  readonly durationMs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly missingParents: readonly string[];
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorSpanCount: number }[];
  readonly rows: readonly StackTraceRow[];
}

/** One place of `GET /api/stack/traces/compare?a=&b=`. */
export interface StackTraceDifference {
  readonly path: readonly string[];
  readonly countA: number;
  readonly countB: number;
  readonly msA: number;
  readonly msB: number;
  readonly errorsA: number;
  readonly errorsB: number;
}

/** One line of `GET /api/stack/conformance`. */
export interface StackConformanceLine {
  readonly emitter: string;
  readonly version: string;
  readonly kind: string;
  readonly key: string;
  readonly message: string;
  readonly count: number;
  readonly records: number;
}

/** A fault of any endpoint. */
export interface StackError {
  readonly code: string;
  readonly message: string;
}
