import type { Span } from '../../domain/span';
import { addUsage } from '../../domain/usage';
import type { TokenUsage } from '../../domain/usage';

/** One agent's part of a session: the main one's (empty id) or a sub-agent's. */
export interface ImportedAgent {
  readonly agentId: string;
  /** The sub-agent's type or name; empty when the log does not tell. */
  readonly name: string;
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly usage: TokenUsage;
  readonly costUsd: number | undefined;
}

/** A session read from an assistant's own logs. */
export interface ImportedSession {
  readonly assistant: string;
  readonly session: string;
  /** The file it was read from. */
  readonly file: string;
  /** Of the first and the last line, epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly turns: number;
  readonly models: readonly string[];
  /** The main agent first. */
  readonly agents: readonly ImportedAgent[];
  /** Sub-agents that were started, those without a log of their own included. */
  readonly startedSubAgents: number;
  readonly failedToolCalls: number;
  /** Tool calls that no result answers. */
  readonly unansweredToolCalls: number;
  /** Calls that the log repeats from an earlier session; counted here, and once in the ledger. */
  readonly inheritedCalls: number;
  /** Requests that failed for good: the assistant says so instead of an answer. */
  readonly apiErrors: number;
  readonly callsWithoutUsage: number;
  readonly callsWithoutCost: number;
  /** Ids of the model calls: the same call in two sessions has the same. */
  readonly callIds: readonly string[];
  /** Lines that could not be read. */
  readonly badLines: number;
  readonly spans: readonly Span[];
}

/** Sums over all agents of a session. */
export function sessionTotals(session: ImportedSession): Omit<ImportedAgent, 'agentId' | 'name'> {
  let usage: TokenUsage = {};
  let cost: number | undefined;
  let modelCalls = 0;
  let toolCalls = 0;
  for (const agent of session.agents) {
    usage = addUsage(usage, agent.usage);
    modelCalls += agent.modelCalls;
    toolCalls += agent.toolCalls;
    if (agent.costUsd !== undefined) cost = (cost ?? 0) + agent.costUsd;
  }
  return { modelCalls, toolCalls, usage, costUsd: cost };
}

/** Told of progress: how many of how many files are read. */
export type OnProgress = (done: number, total: number) => void;
