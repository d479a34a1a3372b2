import type { LedgerRow } from '../../domain/ledger';

/** What is known of a trace beside its spans' own attributes. */
export interface TraceFacts {
  readonly session: string;
  readonly user: string;
}

/** Traces remembered at most. */
const MAX_TRACES = 20_000;
/** Rows waiting for their trace's session at most, per trace. */
const MAX_WAITING = 200;

/**
 * Ties calls to sessions through their trace: many emitters name the session on one span of a trace only, and children
 * arrive before their parents.
 */
export class TraceSessions {
  private readonly facts = new Map<string, TraceFacts>();
  private readonly waiting = new Map<string, LedgerRow[]>();

  /** Remembers a trace's session; gives the rows that waited for it, filled. */
  learn(traceId: string, facts: TraceFacts): LedgerRow[] {
    if (traceId === '' || facts.session === '' || this.facts.has(traceId)) return [];
    remember(this.facts, traceId, facts);
    const rows = this.waiting.get(traceId) ?? [];
    this.waiting.delete(traceId);
    return rows.map((row) => ({ ...row, session: facts.session, user: row.user || facts.user }));
  }

  /** The row with its session where the trace's is known; else it waits. */
  fill(row: LedgerRow): LedgerRow {
    if (row.session !== '' || row.traceId === '') return row;
    const facts = this.facts.get(row.traceId);
    if (facts !== undefined) return { ...row, session: facts.session, user: row.user || facts.user };
    const rows = this.waiting.get(row.traceId) ?? [];
    if (rows.length < MAX_WAITING) remember(this.waiting, row.traceId, [...rows, row]);
    return row;
  }

  /** The session of a trace; empty when unknown. */
  sessionOf(traceId: string): string {
    return this.facts.get(traceId)?.session ?? '';
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_TRACES) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
