export { SqliteStateStore } from './sqlite-state-store';
export type { SqliteStateStoreOptions } from './sqlite-state-store';
export { SqliteSpanStore } from './sqlite-span-store';
export type { SqliteSpanStoreOptions } from './sqlite-span-store';
export type { SpanStoreStats } from './span-protocol';
export { spandbConfig } from './spandb.config';
export type { SpandbConfig } from './spandb.config';
export { SqliteLedgerStore } from './sqlite-ledger-store';
export type { SqliteLedgerStoreOptions } from './sqlite-ledger-store';
