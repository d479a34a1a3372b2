/** One row of a result, by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** What a statement gave. */
export interface QueryResult {
  readonly rows: readonly Row[];
  /** Rows returned, or changed by a statement that returns none. */
  readonly rowCount: number;
}

/** How one statement is run. */
export interface RunOptions {
  /** Aborting cancels the statement in the server where it can. */
  readonly signal?: AbortSignal | undefined;
}

/** An open connection. Parameters are written `$1`, `$2` … in every dialect. */
export interface Connection {
  run(sql: string, parameters: readonly unknown[], options?: RunOptions): Promise<QueryResult>;
  /** Whether it can still be used; asked before it is lent. */
  isAlive(): boolean;
  /** Which of several servers it is to. */
  readonly server?: string;
  close(): Promise<void>;
}

/** Opens connections to one database server, or file. */
export interface Driver {
  readonly dialect: 'sqlite' | 'postgres';
  /** For messages; without credentials. */
  readonly address: string;
  connect(settings: ConnectionSettings): Promise<Connection>;
}

/** What a connection is opened for. */
export interface ConnectionSettings {
  readonly readOnly: boolean;
  /** The server ends a statement that takes longer (ms); 0 is never. */
  readonly statementTimeout: number;
  /** The name that the server shows for the connection. */
  readonly applicationName: string;
}
