/** One change of a state transaction; `value` is JSON-serialisable. */
export type StateChange =
  | { readonly op: 'put'; readonly space: string; readonly key: string; readonly value: unknown }
  | { readonly op: 'delete'; readonly space: string; readonly key: string };

/** A row of a space. */
export interface StateEntry {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Durable state of rules and alerting: named spaces of key/value rows. Spaces are small (everything in them is loaded at
 * start); history goes to `appendHistory`.
 */
export interface StateStore {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** All or nothing; resolves when on disk (full sync). Transactions apply in the order of their calls; concurrent ones share a sync. */
  commit(changes: readonly StateChange[]): Promise<void>;
  /** All rows of a space, by key. */
  load(space: string): Promise<StateEntry[]>;
  /** Appends rows to a log, by time. Same durability as `commit`. */
  appendHistory(log: string, rows: readonly { readonly t: number; readonly value: unknown }[]): Promise<void>;
  /** Rows with t in [start, end], newest first, at most `limit`. */
  history(log: string, start: number, end: number, limit: number): Promise<{ t: number; value: unknown }[]>;
}
