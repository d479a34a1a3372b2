/** One change of a state transaction; `value` is JSON-serialisable. */
export type StateChange =
  | { readonly op: 'put'; readonly space: string; readonly key: string; readonly value: unknown }
  | { readonly op: 'delete'; readonly space: string; readonly key: string }
  /** A row of a log, which keeps its history by time. */
  | { readonly op: 'append'; readonly log: string; readonly t: number; readonly value: unknown };

/** A row of a space. */
export interface StateEntry {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Durable state of rules and alerting: named spaces of key/value rows, and logs. Spaces are small (everything in them is
 * loaded at start); history goes to logs. Both change in one transaction, so that none tells what the other does not.
 */
export interface StateStore {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** All or nothing; resolves when on disk (full sync). Transactions apply in the order of their calls; concurrent ones share a sync. */
  commit(changes: readonly StateChange[]): Promise<void>;
  /** All rows of a space, by key. */
  load(space: string): Promise<StateEntry[]>;
  /** Rows of a log with t in [start, end], newest first, at most `limit`; those of a `commit` that was called before are there. */
  history(log: string, start: number, end: number, limit: number): Promise<{ t: number; value: unknown }[]>;
}
