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
  /** Infinite when it is not known. */
  lag: Millis;
  answers: boolean;
  checking: Promise<void> | undefined;
}

/** A lag is believed for this long. */
const CHECK_EVERY: Millis = 1_000;
/**
 * A replica that has replayed all it received is up to date only while it receives: without a receiver, and while replay is
 * paused or behind, its lag is the age of the last transaction that it replayed.
 */
const LAG_QUERY = `SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
  WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
  ELSE COALESCE(EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()) * 1000, 'Infinity') END AS lag`;

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
      if (replica !== undefined && (await this.healthOf(replica)).lag <= this.maxLag) return replica.pool;
    }
    return undefined;
  }

  /** The pool of the replica that is least behind, however far that is; undefined when none answers. */
  async chooseAny(): Promise<ObjectPool<Connection> | undefined> {
    let best: { readonly replica: Replica; readonly lag: Millis } | undefined;
    for (const replica of this.replicas) {
      const { lag, answers } = await this.healthOf(replica);
      if (answers && (best === undefined || lag < best.lag)) best = { replica, lag };
    }
    return best?.replica.pool;
  }

  /** A replica could not be reached: it is passed over until it is asked again. */
  lost(pool: ObjectPool<Connection>): void {
    const replica = this.replicas.find((each) => each.pool === pool);
    const health = replica === undefined ? undefined : this.health.get(replica);
    if (health !== undefined) this.judge(health, Infinity, false);
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ pool }) => pool.close()));
  }

  private async healthOf(replica: Replica): Promise<Health> {
    const health = this.health.get(replica) ?? {
      checkedAt: -Infinity,
      lag: Infinity,
      answers: false,
      checking: undefined,
    };
    this.health.set(replica, health);
    if (this.clock.elapsed() - health.checkedAt >= CHECK_EVERY) {
      health.checking ??= this.check(replica, health).finally(() => (health.checking = undefined));
      await health.checking;
    }
    return health;
  }

  /** A replica that cannot be asked counts as infinitely far behind. */
  private async check(replica: Replica, health: Health): Promise<void> {
    if (replica.dialect === 'sqlite') this.judge(health, 0, true);
    else {
      try {
        const { rows } = await replica.pool.use((connection) => connection.run(LAG_QUERY, []), { timeout: 1_000 });
        this.judge(health, Number(rows[0]?.lag ?? Infinity), true);
      } catch {
        this.judge(health, Infinity, false);
      }
    }
  }

  private judge(health: Health, lag: Millis, answers: boolean): void {
    health.lag = lag;
    health.answers = answers;
    health.checkedAt = this.clock.elapsed();
  }
}
