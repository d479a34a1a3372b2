import type { LedgerRow, SessionActivity, SessionSummary } from '../domain/ledger';
import type { LedgerChange, LedgerQuery, PackedList, SessionQuery } from '../storage';

/** The calls of the ledger worker. */
export type LedgerProtocol = {
  readonly write: {
    readonly argument: { readonly rows: readonly LedgerRow[]; readonly activities: readonly SessionActivity[] };
    readonly result: readonly LedgerChange[];
  };
  /** Writes rows as they are, without merging: for costs computed anew. */
  readonly replace: { readonly argument: readonly LedgerRow[]; readonly result: null };
  readonly calls: { readonly argument: LedgerQuery; readonly result: readonly LedgerRow[] };
  readonly packedCalls: {
    readonly argument: LedgerQuery;
    readonly result: PackedList & { readonly last: LedgerQuery['after'] | null };
  };
  readonly sessions: { readonly argument: SessionQuery; readonly result: readonly SessionSummary[] };
  readonly session: { readonly argument: string; readonly result: SessionSummary | null };
  readonly activities: {
    readonly argument: { readonly session: string; readonly kind: string };
    readonly result: readonly SessionActivity[];
  };
  readonly trim: { readonly argument: number; readonly result: number };
  readonly close: { readonly argument: null; readonly result: null };
};
