/** A change with its value as JSON text; a value of null deletes. */
export interface EncodedChange {
  readonly space: string;
  readonly key: string;
  readonly json: string | null;
}

/** A row of a log with its value as JSON text. */
export interface EncodedRow {
  readonly t: number;
  readonly json: string;
}

/** The calls of the state worker. */
export type StateProtocol = {
  readonly commit: { readonly argument: readonly EncodedChange[]; readonly result: null };
  readonly append: {
    readonly argument: { readonly log: string; readonly rows: readonly EncodedRow[] };
    readonly result: null;
  };
  readonly load: {
    readonly argument: string;
    readonly result: readonly { readonly key: string; readonly json: string }[];
  };
  readonly history: {
    readonly argument: { readonly log: string; readonly start: number; readonly end: number; readonly limit: number };
    readonly result: readonly EncodedRow[];
  };
  readonly trim: { readonly argument: { readonly log: string; readonly before: number }; readonly result: number };
  readonly close: { readonly argument: null; readonly result: null };
};
