import { AsyncLocalStorage } from 'node:async_hooks';

/** What is counted while an agent runs; calls of an agent within are that agent's own. */
export interface AgentCounts {
  readonly name: string | undefined;
  inferenceCalls: number;
  toolCalls: number;
}

const running = new AsyncLocalStorage<AgentCounts>();

/** The innermost agent that is running; undefined outside of one. */
export function currentAgentRun(): AgentCounts | undefined {
  return running.getStore();
}

/** The name of the running agent. */
export function currentAgentName(): string | undefined {
  return running.getStore()?.name;
}

/** Runs `work` as part of an agent's run. */
export function insideAgent<T>(counts: AgentCounts, work: () => T): T {
  return running.run(counts, work);
}
