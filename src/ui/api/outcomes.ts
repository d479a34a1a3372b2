import { queryInstant } from './prometheus';

/** What a session led to, as far as its assistant counts it. */
export interface Outcome {
  readonly commits: number;
  readonly pullRequests: number;
  /** Lines. */
  readonly added: number;
  readonly removed: number;
}

/** Counters that assistants send, each by session. */
const COUNTERS: Readonly<Record<keyof Outcome, string>> = {
  commits: 'claude_code_commit_count_total',
  pullRequests: 'claude_code_pull_request_count_total',
  added: 'claude_code_lines_of_code_count_total{type="added"}',
  removed: 'claude_code_lines_of_code_count_total{type="removed"}',
};

/** Outcomes of the last 30 days by session; a session without any is absent. @param at epoch milliseconds. */
export async function outcomes(at: number, signal?: AbortSignal): Promise<ReadonlyMap<string, Outcome>> {
  const names = Object.keys(COUNTERS) as (keyof Outcome)[];
  const answers = await Promise.all(
    names.map((name) => queryInstant(`sum by (session_id) (max_over_time(${COUNTERS[name]}[30d]))`, at, signal)),
  );
  const found = new Map<string, Outcome>();
  names.forEach((name, index) => {
    for (const { metric, value } of answers[index]?.result ?? []) {
      const session = metric['session_id'] ?? '';
      const before = found.get(session) ?? { commits: 0, pullRequests: 0, added: 0, removed: 0 };
      found.set(session, { ...before, [name]: Number(value[1]) });
    }
  });
  return found;
}
