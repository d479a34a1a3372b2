export { SqliteStateStore } from './sqlite-state-store';
export type { SqliteStateStoreOptions } from './sqlite-state-store';
export { SqliteLedgerStore } from './sqlite-ledger-store';
export type { SqliteLedgerStoreOptions } from './sqlite-ledger-store';
