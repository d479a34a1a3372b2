export { ConnectionPool } from './connection-pool/connection-pool';
export type { ConnectionPoolOptions, QueryOptions, RoleSettings, Transaction } from './connection-pool/connection-pool';
export type { Connection, ConnectionSettings, Driver, QueryResult, Row, RunOptions } from './connection-pool/driver';
export { SqliteDriver } from './connection-pool/sqlite-driver';
export { ROLES, SqlRouter } from './connection-pool/sql-router';
export type { Role, Routed } from './connection-pool/sql-router';
