/** What statements are run by; a ConnectionPool is one. */
export interface SqlExecutor {
  readonly dialect: 'sqlite' | 'postgres';
  query(sql: string, parameters: readonly unknown[], options: { readonly route: 'write' }): Promise<unknown>;
}
