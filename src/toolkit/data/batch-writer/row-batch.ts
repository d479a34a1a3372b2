/** A row to write, by column. Columns that are absent are left as they are (or at their default). */
export type WriteRow = Readonly<Record<string, unknown>>;

/** How rows of one table meet those that are there. */
export interface TableOptions {
  /** Columns of the key; without them rows are inserted only. */
  readonly key?: readonly string[];
  /** What happens when the key is there: `update` the given columns, or keep what is there (`nothing`). Default `update`. */
  readonly onConflict?: 'update' | 'nothing';
  /**
   * Rows of one key in one batch: `fold` them into one row, which is quick, and answers `superseded` to those whose values the database
   * never sees; or write `each`, one round of statements after the other, so that the database judges every value. Default `fold`.
   */
  readonly duplicates?: 'fold' | 'each';
  /**
   * Batches that are written at the same time, none with a key of another, when rows come faster than they are written. Default 2
   * on PostgreSQL with a `key`, else 1: rows without a key go in the order of `write`, and SQLite has one writer.
   */
  readonly parallel?: number;
}

/**
 * What came of a row: `written` when the database took its values (or, for `nothing`, kept what was there); `superseded` when another row of its key and batch stands in its place
 * (a later one for `update`, an earlier one for `nothing`), so that nobody knows whether the database would have taken them.
 */
export type WriteOutcome = 'written' | 'superseded';

/** A row that waits, with those who wait for it. */
export interface PendingRow {
  readonly row: WriteRow;
  /** Of `keyOf`. */
  readonly key: string | undefined;
  readonly bytes: number;
  /** Its caller has left: it is not to be written. */
  withdrawn?: boolean;
  /** Called when its batch begins. */
  begin?(): void;
  resolve(outcome: WriteOutcome): void;
  reject(error: unknown): void;
}

/** One row of a statement: one pending row, or several of one key folded into one. */
export interface FoldedRow {
  readonly row: WriteRow;
  /** In the order in which they came. */
  readonly parts: readonly PendingRow[];
}

/**
 * The rows of a batch as they are to be written, one round after the other: a statement may meet a key only once. With `fold` it is one
 * round, with `each` as many as there are rows of one key.
 */
export function roundsOf(pending: readonly PendingRow[], options: TableOptions): FoldedRow[][] {
  if (options.duplicates !== 'each' || options.key === undefined) return [foldRows(pending, options)];
  const rounds: FoldedRow[][] = [];
  const seen = new Map<string, number>();
  for (const part of pending) {
    const round = part.key === undefined ? 0 : (seen.get(part.key) ?? 0);
    if (part.key !== undefined) seen.set(part.key, round + 1);
    (rounds[round] ??= []).push({ row: part.row, parts: [part] });
  }
  return rounds;
}

/** What the database saw of one part of a row that was written: all of its values, or not all. */
export function outcomeOf({ row, parts }: FoldedRow, part: PendingRow, { key }: TableOptions): WriteOutcome {
  if (parts.length === 1) return 'written';
  // Key columns are equal, even where their values are not the same object.
  for (const [column, value] of Object.entries(part.row)) {
    if (value === undefined || key?.includes(column) || Object.is(row[column], value)) continue;
    return 'superseded';
  }
  return 'written';
}

/**
 * Folds rows of one key into one, since a statement may meet a row only once: later columns win for `update`, the first row for
 * `nothing`. The same as writing them one after the other, but that a value which is replaced at once is never seen by the database.
 */
export function foldRows(pending: readonly PendingRow[], { key, onConflict = 'update' }: TableOptions): FoldedRow[] {
  if (key === undefined) return pending.map((part) => ({ row: part.row, parts: [part] }));
  const folded = new Map<string, { row: WriteRow; parts: PendingRow[] }>();
  const loose: FoldedRow[] = [];
  for (const part of pending) {
    const id = part.key;
    if (id === undefined) {
      loose.push({ row: part.row, parts: [part] });
      continue;
    }
    const known = folded.get(id);
    if (known === undefined) folded.set(id, { row: part.row, parts: [part] });
    else {
      known.parts.push(part);
      if (onConflict === 'update') known.row = { ...known.row, ...given(part.row) };
    }
  }
  return [...folded.values(), ...loose];
}

/** Groups rows by their columns, each group cut to what one statement may hold. */
export function toStatements(rows: readonly FoldedRow[], maxParameters: number, maxRows: number): FoldedRow[][] {
  const groups = new Map<string, FoldedRow[]>();
  const shapes = new Map<string, string>();
  for (const folded of rows) {
    const shape = shapeOf(folded.row, shapes);
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, [folded]);
    else group.push(folded);
  }
  return [...groups.values()].flatMap((group) => {
    const columns = Math.max(1, columnsOf(group[0]?.row ?? {}).length);
    const size = Math.max(1, Math.min(maxRows, Math.floor(maxParameters / columns)));
    const parts: FoldedRow[][] = [];
    for (let at = 0; at < group.length; at += size) parts.push(group.slice(at, at + size));
    return parts;
  });
}

/**
 * A row's key as a text, equal for equal keys; undefined where there is none, or a part of it is NULL, which equals nothing: such rows
 * never conflict.
 */
export function keyOf(row: WriteRow, key: readonly string[] | undefined): string | undefined {
  if (key === undefined) return undefined;
  const [only] = key;
  if (key.length === 1 && only !== undefined) {
    const value = row[only];
    return value === undefined || value === null ? undefined : toKeyText(value);
  }
  const values = key.map((column) => row[column]);
  if (values.some((value) => value === undefined || value === null)) return undefined;
  return JSON.stringify(values.map(toKeyText));
}

/** Equal for rows of the same columns; `known` has the sorted columns by those in the order of a row. */
function shapeOf(row: WriteRow, known: Map<string, string>): string {
  let raw = '';
  for (const column of Object.keys(row)) if (row[column] !== undefined) raw += `${column}\0`;
  let shape = known.get(raw);
  if (shape === undefined) known.set(raw, (shape = columnsOf(row).join('\0')));
  return shape;
}

function given(row: WriteRow): WriteRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

/** Columns that have a value, NULL being one, sorted. */
export function columnsOf(row: WriteRow): string[] {
  return Object.keys(row)
    .filter((column) => row[column] !== undefined)
    .sort();
}

/** Equal for values that a database column takes for equal. */
function toKeyText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
