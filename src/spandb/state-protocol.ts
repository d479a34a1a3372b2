/** A change with its value as JSON text: of a space, where null deletes, or a new row of a log. */
export type EncodedChange =
  | { readonly space: string; readonly key: string; readonly json: string | null }
  | ({ readonly log: string } & EncodedRow);

/** A row of a log with its value as JSON text. */
export interface EncodedRow {
  readonly t: number;
  readonly json: string;
}

/** The calls of the state worker. */
export type StateProtocol = {
  readonly commit: { readonly argument: readonly EncodedChange[]; readonly result: null };
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
