import { serveWorker, workerInput } from '../base/worker';
import { openDatabase } from './sqlite';
import type { StateProtocol } from './state-protocol';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS state (space TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (id INTEGER PRIMARY KEY, log TEXT NOT NULL, t REAL NOT NULL, json TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS history_by_time ON history (log, t, id);
  PRAGMA user_version = 1;
`;

/** Runs inside the state worker: calls that wait together share one transaction, and so one sync. */
function main(): void {
  const path = workerInput();
  if (typeof path !== 'string') throw new Error('the state worker needs the path of its database');
  const database = openDatabase(path, { cachePages: 2000, checkpointPages: 1000 });
  database.exec(SCHEMA);
  const put = database.prepare(
    'INSERT INTO state (space, key, json) VALUES (?, ?, ?) ON CONFLICT (space, key) DO UPDATE SET json = excluded.json',
  );
  const remove = database.prepare('DELETE FROM state WHERE space = ? AND key = ?');
  const load = database.prepare('SELECT key, json FROM state WHERE space = ? ORDER BY key');
  const append = database.prepare('INSERT INTO history (log, t, json) VALUES (?, ?, ?)');
  const read = database.prepare(
    'SELECT t, json FROM history WHERE log = ? AND t >= ? AND t <= ? ORDER BY t DESC, id DESC LIMIT ?',
  );
  const trim = database.prepare('DELETE FROM history WHERE log = ? AND t < ?');
  let open = false;

  /** A call's changes are all or nothing even when another call of the turn fails. */
  const atomically = (work: () => void): null => {
    if (!open) {
      database.exec('BEGIN IMMEDIATE');
      open = true;
    }
    database.exec('SAVEPOINT call');
    try {
      work();
      database.exec('RELEASE call');
    } catch (error) {
      database.exec('ROLLBACK TO call; RELEASE call');
      throw error;
    }
    return null;
  };

  serveWorker<StateProtocol>({
    turnSize: 4096,
    endTurn: () => {
      if (!open) return;
      open = false;
      try {
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    handlers: {
      commit: (changes) =>
        atomically(() => {
          for (const change of changes) {
            if ('log' in change) append.run(change.log, change.t, change.json);
            else if (change.json === null) remove.run(change.space, change.key);
            else put.run(change.space, change.key, change.json);
          }
        }),
      load: (space) => load.all(space).map((row) => ({ key: String(row['key']), json: String(row['json']) })),
      history: ({ log, start, end, limit }) =>
        read.all(log, start, end, limit).map((row) => ({ t: Number(row['t']), json: String(row['json']) })),
      trim: ({ log, before }) => {
        let removed = 0;
        atomically(() => void (removed = Number(trim.run(log, before).changes)));
        return removed;
      },
      close: () => {
        if (open) database.exec('COMMIT');
        open = false;
        database.close();
        return null;
      },
    },
  });
}

main();
