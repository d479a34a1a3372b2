import { serveWorker, workerInput } from '../base/worker';
import { ACTIVITY_KINDS } from '../domain/ledger';
import { LedgerDatabase } from './ledger-database';
import type { LedgerProtocol } from './ledger-protocol';
import { packedBuffers } from './packed-buffers';

/** Runs inside the ledger worker: one transaction, and so one sync, per write. */
function main(): void {
  const path = workerInput();
  if (typeof path !== 'string') throw new Error('the ledger worker needs the path of its database');
  const database = new LedgerDatabase(path);
  serveWorker<LedgerProtocol>({
    transfer: packedBuffers,
    handlers: {
      write: ({ rows, activities }) => database.write(rows, activities),
      replace: (rows) => {
        database.replace(rows);
        return null;
      },
      calls: (query) => database.calls(query),
      packedCalls: (query) => database.packedCalls(query),
      sessions: (query) => database.sessions(query),
      session: (session) => database.session(session) ?? null,
      activities: ({ session, kind }) =>
        database.activities(session, ACTIVITY_KINDS.find((known) => known === kind) ?? ''),
      trim: (before) => database.trim(before),
      close: () => {
        database.close();
        return null;
      },
    },
  });
}

main();
