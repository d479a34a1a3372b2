import { systemClock } from '../../src/base/clock';
import { noTelemetry } from '../../src/base/telemetry';
import { BatchWriter, ConnectionPool, PostgresDriver } from '../../src/toolkit/data';
import { startPostgres, startReplica } from '../../src/toolkit/shared/testing/servers';
import type { PostgresServer } from '../../src/toolkit/shared/testing/servers';

jest.setTimeout(120_000);

let primary: PostgresServer | undefined;
let replica: PostgresServer | undefined;
const pools: ConnectionPool[] = [];

beforeAll(async () => {
  primary = await startPostgres();
  replica = primary === undefined ? undefined : await startReplica(primary);
  if (replica === undefined) console.log('skipped: no PostgreSQL with pg_basebackup is installed');
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await replica?.stop();
  await primary?.stop();
});

/** A pool that knows both servers, writes to whichever is the primary, and reads from the replica. */
function openPool(one: PostgresServer, other: PostgresServer, maxReplicaLag?: number): ConnectionPool {
  const both = `postgres://test@${new URL(one.url).host},${new URL(other.url).host}/postgres?target_session_attrs=read-write`;
  const pool = new ConnectionPool({
    name: 'failover',
    primary: new PostgresDriver({ connectionString: both, connectTimeout: 1_000 }),
    replicas: [new PostgresDriver({ connectionString: other.url, connectTimeout: 1_000 })],
    readYourWritesFor: 1_000,
    telemetry: noTelemetry,
    ...(maxReplicaLag === undefined ? {} : { maxReplicaLag }),
  });
  pools.push(pool);
  return pool;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 100) throw new Error('it never came to hold');
    await systemClock.sleep(100);
  }
}

const count = async (pool: ConnectionPool, session?: string): Promise<unknown> =>
  (await pool.query('SELECT count(*)::int AS n FROM f WHERE true', [], session === undefined ? {} : { session }))
    .rows[0]?.n;
const whereReadsGo = async (pool: ConnectionPool): Promise<unknown> =>
  (await pool.query('SELECT pg_is_in_recovery() AS standby WHERE true')).rows[0]?.standby;

test('reads go to the replica until it is behind; a session reads what it wrote', async () => {
  if (primary === undefined || replica === undefined) return;
  const pool = openPool(primary, replica);
  await pool.query('CREATE TABLE f (id int PRIMARY KEY, v text)');
  await until(async () => (await whereReadsGo(pool)) === true);
  await until(() =>
    count(pool).then(
      (n) => n === 0,
      () => false,
    ),
  );
  await replica.query('SELECT pg_wal_replay_pause()');
  await pool.query("INSERT INTO f VALUES (1, 'a')", [], { session: 'writer' });
  expect(await count(pool, 'writer')).toBe(1);
  // The lag was asked for less than a second ago, and is believed: another session still sees the replica's past.
  expect(await count(pool, 'reader')).toBe(0);
  await until(async () => (await whereReadsGo(pool)) === false);
  expect(await count(pool, 'reader')).toBe(1);
  await replica.query('SELECT pg_wal_replay_resume()');
  await until(async () => (await whereReadsGo(pool)) === true);
  expect(await count(pool)).toBe(1);
});

test('a replica that receives nothing any more is not taken for one that is up to date', async () => {
  if (primary === undefined || replica === undefined) return;
  const pool = openPool(primary, replica, 200);
  await until(async () => (await whereReadsGo(pool)) === true);
  const conninfo = String((await replica.query('SHOW primary_conninfo'))[0]?.primary_conninfo);
  const setting = (value: string): Promise<unknown> =>
    Promise.resolve(replica?.query(`ALTER SYSTEM SET primary_conninfo = '${value.replace(/'/g, "''")}'`)).then(() =>
      replica?.query('SELECT pg_reload_conf()'),
    );
  await setting('');
  await pool.query("INSERT INTO f VALUES (2, 'b')");
  await until(async () => (await whereReadsGo(pool)) === false);
  expect(await count(pool)).toBe(2);
  await setting(conninfo);
  await until(async () => (await whereReadsGo(pool)) === true);
});

test('the primary is stopped and the replica promoted: reads carry on, writes find the new primary, no row is lost', async () => {
  if (primary === undefined || replica === undefined) return;
  const pool = openPool(primary, replica);
  const writer = new BatchWriter({
    name: 'failover',
    executor: pool,
    tables: { f: { key: ['id'] } },
    maxRows: 50,
    window: 5,
    attempts: 12,
    retryDelay: 100,
    telemetry: noTelemetry,
  });
  const rows = (from: number) => Array.from({ length: 200 }, (_, index) => ({ id: from + index, v: 'x' }));
  await Promise.all(rows(1_000).map((row) => writer.write('f', row)));
  await until(async () => (await count(pool)) === 202);
  await primary.kill();
  // Nobody takes writes: they say so, or wait; reads go to what is there.
  await expect(pool.query("INSERT INTO f VALUES (3, 'c')")).rejects.toMatchObject({
    code: expect.stringMatching(/RESOURCE_FAILED|STATEMENT_FAILED/),
  });
  for (let reads = 0; reads < 10; reads++) expect(await count(pool)).toBe(202);
  const written = Promise.allSettled(rows(2_000).map((row) => writer.write('f', row)));
  await systemClock.sleep(300);
  await replica.query('SELECT pg_promote()');
  expect((await written).map(({ status }) => status)).toEqual(rows(0).map(() => 'fulfilled'));
  await until(async () => (await count(pool)) === 402);
  expect((await pool.query('SELECT inet_server_port() AS port', [], { route: 'write' })).rows).toEqual([
    { port: Number(new URL(replica.url).port) },
  ]);
  await pool.transaction(({ query }) => query("INSERT INTO f VALUES (4, 'd')"), { session: 's' });
  expect(await count(pool, 's')).toBe(403);
  await writer.close();
});

test('a primary that became read-only is left at the first refusal', async () => {
  const demoted = await startPostgres();
  const other = await startPostgres();
  if (demoted === undefined || other === undefined) return;
  const pool = openPool(demoted, other);
  for (const server of [demoted, other]) await server.query('CREATE TABLE f (id int PRIMARY KEY, v text)');
  await pool.query("INSERT INTO f VALUES (1, 'a')");
  await demoted.query('ALTER SYSTEM SET default_transaction_read_only = on');
  await demoted.query('SELECT pg_reload_conf()');
  await systemClock.sleep(300);
  await expect(pool.query("INSERT INTO f VALUES (2, 'b')")).rejects.toMatchObject({
    sqlState: '25006',
    isTransient: true,
  });
  await pool.query("INSERT INTO f VALUES (2, 'b')");
  expect(await other.query('SELECT id FROM f')).toEqual([{ id: 2 }]);
  await pool.close();
  await Promise.all([demoted.stop(), other.stop()]);
});
