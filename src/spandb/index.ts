export { SqliteStateStore } from './sqlite-state-store';
export type { SqliteStateStoreOptions } from './sqlite-state-store';
