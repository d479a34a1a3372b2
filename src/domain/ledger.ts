import type { EpochMillis, Millis } from '../base/clock';
import type { TokenUsage } from './usage';

/** Where a fact about a call came from, the greatest authority first: a lower one only fills gaps. */
export const LEDGER_SOURCES = ['span', 'event', 'file', 'metric'] as const;
export type LedgerSource = (typeof LEDGER_SOURCES)[number];

/** The usual authority of a source: the greater wins. */
export function authorityOf(source: LedgerSource): number {
  return 10 * (LEDGER_SOURCES.length - LEDGER_SOURCES.indexOf(source));
}

/** How a model call ended. */
export const CALL_OUTCOMES = ['ok', 'error', 'refused', 'cancelled'] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** What a call cost by our own calculation, and by which price list. */
export interface ComputedCost {
  readonly usd: number;
  /** The price list's name, e.g. `genai-prices`. */
  readonly catalog: string;
  readonly version: string;
  /** The instant whose prices were used. */
  readonly pricedAt: EpochMillis;
  /** Product of the factors that a service tier or speed put on the list price; 1 when none did. */
  readonly multiplier: number;
}

/** One model call. Texts are empty, figures undefined, where nothing was reported. */
export interface LedgerRow {
  /** Stable identity; the same call read twice has the same. */
  readonly id: string;
  /** Other names under which the same call may arrive (request id, response id, span id), each unique to one call. */
  readonly aliases: readonly string[];
  /** Start of the call. */
  readonly at: EpochMillis;
  readonly session: string;
  readonly turn: string;
  /** Name of the agent that made the call; empty for the main one of an assistant. */
  readonly agent: string;
  /** Id of the sub-agent's run, where the call belongs to one. */
  readonly agentId: string;
  readonly user: string;
  readonly repository: string;
  readonly branch: string;
  /** The dialect that read the call, e.g. `claude-code`. */
  readonly emitter: string;
  readonly service: string;
  readonly operation: string;
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly usage: TokenUsage;
  /** What the vendor says it cost, in US dollars. */
  readonly reportedCostUsd?: number;
  readonly cost?: ComputedCost;
  /** The service tier or speed that was reported, e.g. `flex`, `priority`, `batch`, `fast`. */
  readonly tier: string;
  readonly latencyMs?: Millis;
  readonly timeToFirstTokenMs?: Millis;
  readonly outcome: CallOutcome;
  readonly errorType: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly source: LedgerSource;
  /** Of two readings of one call the greater wins, field by field; `authorityOf(source)` unless the emitter's signals rank otherwise. */
  readonly authority: number;
  /** All sources that told of the call. */
  readonly sources: readonly LedgerSource[];
  /** By field name: the attribute, event field or file key that gave it. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Everything that did not add up, as sentences. */
  readonly discrepancies: readonly string[];
  /** True when another row of greater authority stands for the same work: shown, never summed. */
  readonly superseded: boolean;
}

/** What happened in a session besides model calls. */
export const ACTIVITY_KINDS = ['tool', 'agent', 'turn', 'decision', 'compaction', 'retry'] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

/** One tool call, sub-agent run, turn, approval, compaction or retry of a session. */
export interface SessionActivity {
  /** Stable identity; the same activity read twice has the same. */
  readonly id: string;
  readonly kind: ActivityKind;
  readonly session: string;
  readonly turn: string;
  readonly agentId: string;
  /** Name of the tool or agent; the decision taken. */
  readonly name: string;
  readonly at: EpochMillis;
  readonly durationMs?: Millis;
  /** How long a person was waited for. */
  readonly waitMs?: Millis;
  readonly ok?: boolean;
  readonly errorType: string;
  readonly emitter: string;
  /** All sources that told of it. */
  readonly sources: readonly LedgerSource[];
  readonly traceId: string;
  readonly spanId: string;
}

/** Sums over the calls of one session that count. */
export interface SessionSummary {
  readonly session: string;
  readonly emitter: string;
  readonly service: string;
  readonly user: string;
  readonly repository: string;
  readonly branch: string;
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly modelCalls: number;
  readonly failedCalls: number;
  readonly toolCalls: number;
  readonly failedToolCalls: number;
  readonly subAgents: number;
  readonly turns: number;
  readonly models: readonly string[];
  readonly usage: TokenUsage;
  /** Calls whose token counts were not reported: the sums leave them out. */
  readonly callsWithoutUsage: number;
  readonly reportedCostUsd?: number;
  readonly costUsd?: number;
  /** Calls that no price is known for: the computed cost leaves them out. */
  readonly callsWithoutCost: number;
  readonly waitMs: Millis;
  readonly discrepancies: number;
}
