import type { LedgerRow } from '../../domain/ledger';
import { groupBy } from '../sections/group';

/** Calls of one agent in one session on one model, in the order of time: each prompt continues the one before. */
export type Thread = readonly LedgerRow[];

/** The threads of calls that succeeded and told their input. */
export function threadsOf(calls: readonly LedgerRow[]): Thread[] {
  const ok = calls.filter((row) => row.session !== '' && row.outcome === 'ok' && row.usage.input !== undefined);
  const threads = groupBy(
    ok,
    (row) => `${row.session}\n${row.agentId}\n${row.agent}\n${row.operation}\n${row.responseModel || row.requestModel}`,
  );
  return [...threads.values()].map((thread) => thread.sort((a, b) => a.at - b.at));
}

/** A prompt that shrank was compacted, or begins anew: nothing of the one before need be in it. */
export function continues(last: LedgerRow | undefined, row: LedgerRow): last is LedgerRow {
  return last !== undefined && (row.usage.input ?? 0) >= 0.9 * (last.usage.input ?? 0);
}
