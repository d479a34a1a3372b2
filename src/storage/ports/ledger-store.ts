import type { EpochMillis } from '../../base/clock';
import type { ActivityKind, LedgerRow, SessionActivity, SessionSummary } from '../../domain/ledger';
import type { PackedList } from './packed-list';

/** A question about ledger rows: all given conditions must hold. */
export interface LedgerQuery {
  readonly session?: string;
  readonly traceId?: string;
  readonly model?: string;
  readonly emitter?: string;
  readonly user?: string;
  readonly repository?: string;
  /** Start of the call in [start, end], both inclusive. */
  readonly start?: EpochMillis;
  readonly end?: EpochMillis;
  /** Only calls behind this one in the order of start and id: the next page. */
  readonly after?: { readonly at: EpochMillis; readonly id: string };
  /** Rows that another one stands for are left out unless asked for. */
  readonly withSuperseded?: boolean;
  /** At most so many, the oldest first. */
  readonly limit: number;
}

/** A question about sessions: those with a call or activity in [start, end], the newest first. */
export interface SessionQuery {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly emitter?: string;
  readonly limit: number;
}

/** What a write changed: the row as it is now, and as it was before where there was one. */
export interface LedgerChange {
  readonly row: LedgerRow;
  readonly previous?: LedgerRow;
}

/** Reading the token ledger. */
export interface LedgerReader {
  calls(query: LedgerQuery): Promise<LedgerRow[]>;
  /** The same, for a thread that hands on what it need not read; with the place of the last row. */
  packedCalls?(query: LedgerQuery): Promise<PackedList & { readonly last: LedgerQuery['after'] | null }>;
  sessions(query: SessionQuery): Promise<SessionSummary[]>;
  session(session: string): Promise<SessionSummary | undefined>;
  /** By time; of one kind, or all. */
  activities(session: string, kind?: ActivityKind): Promise<SessionActivity[]>;
}

/** Writing the token ledger. */
export interface LedgerWriter {
  /**
   * Takes rows; one that is known by its id or an alias is merged by authority, not added. Resolves when durable, with
   * what changed, in the order of the rows.
   */
  write(rows: readonly LedgerRow[], activities: readonly SessionActivity[]): Promise<LedgerChange[]>;
}

/** A store of the token ledger. */
export interface LedgerStore extends LedgerReader, LedgerWriter {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Injection token of the ledger store. */
export const LEDGER_STORE = Symbol('LedgerStore');
