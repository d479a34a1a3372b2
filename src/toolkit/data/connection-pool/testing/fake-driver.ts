import type { Connection, Driver, QueryResult } from '../driver';

/** A server that answers every statement with its own address, and lag queries with its lag. */
export class FakeDriver implements Driver {
  readonly dialect = 'postgres';
  lag = 0;
  isDown = false;
  connected = 0;
  private readonly alive = new Set<object>();

  /** @param open takes the time that opening a connection does */
  constructor(
    readonly address: string,
    private readonly open: () => Promise<void> = () => Promise.resolve(),
  ) {}

  async connect(): Promise<Connection> {
    if (this.isDown) throw new Error('connection refused');
    await this.open();
    this.connected++;
    const connection: Connection = {
      run: (sql): Promise<QueryResult> => {
        if (this.isDown) return Promise.reject(new Error('connection lost'));
        return Promise.resolve({
          rows: [sql.includes('pg_is_in_recovery') ? { lag: this.lag } : { address: this.address }],
          rowCount: 1,
        });
      },
      isAlive: () => this.alive.has(connection),
      close: () => Promise.resolve(void this.alive.delete(connection)),
    };
    this.alive.add(connection);
    return connection;
  }

  /** All connections die. */
  killAll(): void {
    this.alive.clear();
  }
}
