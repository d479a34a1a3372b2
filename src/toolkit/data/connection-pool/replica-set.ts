import type { Clock, Millis } from '../../../base/clock';
import type { ObjectPool } from '../../resources/object-pool/object-pool';
import type { Connection, Driver } from './driver';

/** A replica and its connections. */
export interface Replica {
  readonly address: string;
  readonly dialect: Driver['dialect'];
  readonly pool: ObjectPool<Connection>;
}

interface Health {
  checkedAt: Millis;
  lag: Millis;
  checking: Promise<void> | undefined;
}

/** A lag is believed for this long. */
const CHECK_EVERY: Millis = 1_000;
const LAG_QUERY = `SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
  WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
  ELSE COALESCE(EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()) * 1000, 0) END AS lag`;

/** Chooses, turn by turn, among the replicas that are not too far behind. */
export class ReplicaSet {
  private readonly health = new Map<Replica, Health>();
  private turn = 0;

  constructor(
    private readonly replicas: readonly Replica[],
    private readonly maxLag: Millis,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.replicas.length;
  }

  /** The pool of a fit replica; undefined when there is none. */
  async choose(): Promise<ObjectPool<Connection> | undefined> {
    for (let tried = 0; tried < this.replicas.length; tried++) {
      const replica = this.replicas[this.turn++ % this.replicas.length];
      if (replica !== undefined && (await this.lagOf(replica)) <= this.maxLag) return replica.pool;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ pool }) => pool.close()));
  }

  private async lagOf(replica: Replica): Promise<Millis> {
    const health = this.health.get(replica) ?? { checkedAt: -Infinity, lag: Infinity, checking: undefined };
    this.health.set(replica, health);
    if (this.clock.elapsed() - health.checkedAt >= CHECK_EVERY) {
      health.checking ??= this.check(replica, health).finally(() => (health.checking = undefined));
      await health.checking;
    }
    return health.lag;
  }

  /** A replica that cannot be asked counts as infinitely far behind. */
  private async check(replica: Replica, health: Health): Promise<void> {
    if (replica.dialect === 'sqlite') health.lag = 0;
    else {
      try {
        const { rows } = await replica.pool.use((connection) => connection.run(LAG_QUERY, []), { timeout: 1_000 });
        health.lag = Number(rows[0]?.lag ?? Infinity);
      } catch {
        health.lag = Infinity;
      }
    }
    health.checkedAt = this.clock.elapsed();
  }
}
