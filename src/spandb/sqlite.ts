import { DatabaseSync } from '@photostructure/sqlite';

/** A prepared statement. */
export type Statement = ReturnType<Database['prepare']>;

/** An open database. */
export type Database = InstanceType<typeof DatabaseSync>;

/** What a database file is opened for. */
export interface OpenOptions {
  /** Pages of 4 KB kept in memory. */
  readonly cachePages?: number;
  /** WAL pages after which a commit also moves them into the file. */
  readonly checkpointPages?: number;
}

/**
 * Opens or makes a database file: write-ahead log, full sync (a commit that returned is on disk), no waiting for other
 * processes beyond five seconds.
 */
export function openDatabase(path: string, { cachePages = 4000, checkpointPages = 4000 }: OpenOptions = {}): Database {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA page_size = 4096;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA busy_timeout = 5000;
    PRAGMA cache_size = ${cachePages};
    PRAGMA wal_autocheckpoint = ${checkpointPages};
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
  `);
  return database;
}

/** Runs `work` in a transaction; on a throw nothing of it stays. */
export function transaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
