import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../../base/ids';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ConnectionPool } from './connection-pool';
import { SqlRouter } from './sql-router';
import { SqliteDriver, toSqlitePlaceholders } from './sqlite-driver';
import { commentOf } from './sql-comment';
import { FakeDriver } from './testing/fake-driver';

describe('routing', () => {
  const router = new SqlRouter();

  test.each([
    ['SELECT * FROM a WHERE id = $1', 'read', 'SELECT', ['a']],
    ['SELECT a.* FROM a JOIN b USING (id) WHERE b.x = 1', 'read', 'SELECT', ['a', 'b']],
    ['SELECT count(*) FROM a WHERE id = 1', 'read', 'SELECT', ['a']],
    ['SELECT count(*) FROM a', 'analytics', 'SELECT', ['a']],
    ['SELECT x, sum(y) FROM a WHERE z > 1 GROUP BY x', 'analytics', 'SELECT', ['a']],
    ['SELECT row_number() OVER (ORDER BY x) FROM a WHERE z = 1', 'analytics', 'SELECT', ['a']],
    ['SELECT * FROM a FOR UPDATE', 'write', 'SELECT', ['a']],
    ['SELECT * INTO b FROM a', 'write', 'SELECT', ['b', 'a']],
    ["SELECT nextval('s')", 'write', 'SELECT', []],
    ['WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone', 'write', 'SELECT', ['a']],
    ['WITH x AS (SELECT * FROM a) SELECT * FROM x WHERE y = 1', 'read', 'SELECT', ['a']],
    ['INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING', 'write', 'INSERT', ['a']],
    ['UPDATE a SET x = 1', 'write', 'UPDATE', ['a']],
    ['MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE', 'write', 'MERGE', ['a', 'b']],
    ['EXPLAIN DELETE FROM a', 'read', 'EXPLAIN', ['a']],
    ['EXPLAIN ANALYZE DELETE FROM a', 'write', 'EXPLAIN', ['a']],
    ['EXPLAIN ANALYZE SELECT * FROM a WHERE x = 1', 'read', 'EXPLAIN', ['a']],
    ['SHOW search_path', 'read', 'VARIABLE SHOW', []],
    ['SET search_path = x', 'write', 'VARIABLE SET', []],
    ['SELECT 1; DELETE FROM a', 'write', 'BATCH', ['a']],
    ['CALL f()', 'write', 'CALL', []],
    ['', 'write', 'UNKNOWN', []],
    ['not SQL at all', 'write', 'UNKNOWN', []],
    ["SELECT 'DELETE FROM a; --'", 'read', 'SELECT', []],
    ['VALUES (1)', 'read', 'SELECT', []],
    ['TABLE a', 'read', 'SELECT', ['a']],
  ])('%s → %s', async (sql, role, operation, tables) => {
    expect(await router.route(sql)).toMatchObject({ role, operation, tables });
  });

  test('the same statement with other literals is not walked again', async () => {
    await router.route('SELECT * FROM t WHERE id = 1');
    const before = router.misses;
    await router.route('SELECT * FROM t WHERE id = 2');
    await router.route('select *   from t where id=3');
    expect(router.misses).toBe(before);
  });
});

describe('replicas', () => {
  function setUp() {
    const clock = new ManualClock();
    const [primary, replica] = [new FakeDriver('primary'), new FakeDriver('replica')];
    const pool = new ConnectionPool({
      name: 't',
      primary,
      replicas: [replica],
      clock,
      telemetry: noTelemetry,
      maxReplicaLag: 500,
    });
    const where = async (sql: string, options = {}) => (await pool.query(sql, [], options)).rows[0]?.address;
    return { clock, primary, replica, where };
  }

  test('reads go to a replica that is not behind, writes to the primary, an override wins', async () => {
    const { clock, replica, where } = setUp();
    expect(await where('SELECT * FROM a')).toBe('replica');
    expect(await where('INSERT INTO a VALUES (1)')).toBe('primary');
    expect(await where('SELECT * FROM a', { route: 'write' })).toBe('primary');
    replica.lag = 900;
    await clock.advance(1_000);
    expect(await where('SELECT * FROM a')).toBe('primary');
    replica.lag = 0;
    await clock.advance(1_000);
    expect(await where('SELECT * FROM a')).toBe('replica');
    replica.isDown = true;
    await clock.advance(1_000);
    expect(await where('SELECT * FROM a')).toBe('primary');
  });

  test('a session reads what it wrote', async () => {
    const { clock, where } = setUp();
    await where('UPDATE a SET x = 1', { session: 's' });
    expect(await where('SELECT * FROM a', { session: 's' })).toBe('primary');
    expect(await where('SELECT * FROM a', { session: 'other' })).toBe('replica');
    await clock.advance(5_000);
    expect(await where('SELECT * FROM a', { session: 's' })).toBe('replica');
  });

  test('reads go elsewhere when no connection can be made, but not those of a session that has just written', async () => {
    const { clock, primary, replica, where } = setUp();
    await where('UPDATE a SET x = 1', { session: 's' });
    expect(await where('SELECT * FROM a')).toBe('replica');
    replica.isDown = true;
    replica.killAll();
    expect(await where('SELECT * FROM a')).toBe('primary');
    replica.isDown = false;
    replica.lag = 60_000;
    primary.isDown = true;
    primary.killAll();
    await clock.advance(1_000);
    expect(await where('SELECT * FROM a')).toBe('replica');
    await expect(where('SELECT * FROM a', { session: 's' })).rejects.toMatchObject({ code: 'RESOURCE_FAILED' });
    await expect(where('UPDATE a SET x = 1')).rejects.toMatchObject({ code: 'RESOURCE_FAILED' });
  });

  test('a connection that died is not lent again', async () => {
    const { replica, where } = setUp();
    expect(await where('SELECT * FROM a')).toBe('replica');
    replica.killAll();
    expect(await where('SELECT * FROM a')).toBe('replica');
    expect(replica.connected).toBe(2);
  });
});

describe('connections are opened ahead of bursts', () => {
  /** Bursts of six every two minutes less jitter; gives those of each burst that had to wait for a connection to be opened. */
  async function burst(times: number, gapAt: (turn: number) => number) {
    const clock = new ManualClock();
    const driver = new FakeDriver('primary', () => clock.sleep(50));
    const pool = new ConnectionPool({ name: 't', primary: driver, warmUp: {}, clock, telemetry: noTelemetry });
    const late: number[] = [];
    for (let turn = 0; turn < times; turn++) {
      await clock.advance(gapAt(turn) - 100);
      const before = driver.connected;
      const all = Promise.all(Array.from({ length: 6 }, () => pool.query('SELECT * FROM a', [], { route: 'read' })));
      await clock.advance(100);
      await all;
      late.push(driver.connected - before);
    }
    await pool.close();
    expect(clock.pending).toBe(0);
    return { late, connected: driver.connected };
  }

  test('that come regularly', async () => {
    const { late } = await burst(16, () => 120_000);
    expect(late.slice(0, 5)).toEqual([6, 6, 6, 6, 6]);
    expect(late.slice(-4)).toEqual([0, 0, 0, 0]);
  });

  test('but not at random', async () => {
    const random = seededRandom(1);
    const { late, connected } = await burst(16, () => 70_000 + random() * 200_000);
    expect(connected).toBe(late.reduce((sum, each) => sum + each, 0));
  });
});

test('an embedded database: transactions, shares, read-only reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-pool-'));
  const pool = new ConnectionPool({
    name: 't',
    primary: new SqliteDriver(join(folder, 't.db')),
    telemetry: noTelemetry,
  });
  await pool.query('CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT)');
  await pool.transaction(({ query }) => query('INSERT INTO a VALUES ($1, $2)', [1, "it's $2"]));
  await expect(
    pool.transaction(async ({ query }) => {
      await query('INSERT INTO a VALUES (2, NULL)');
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect((await pool.query('SELECT * FROM a WHERE id < $1', [9])).rows).toEqual([{ id: 1, x: "it's $2" }]);
  await expect(pool.query('DELETE FROM a', [], { route: 'read' })).rejects.toThrow(/readonly|read-only/i);
  expect(pool.stats.write).toMatchObject({ inUse: 0, max: 4 });
  await pool.close();
  await rm(folder, { recursive: true });
});

test('placeholders are numbered for SQLite, but not in quotes', () => {
  expect(toSqlitePlaceholders(`SELECT '$1', "$2", $3 -- $4\n, $10`)).toBe(`SELECT '$1', "$2", ?3 -- $4\n, ?10`);
});

test('the comment carries the trace, unless there is one already', () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  expect(commentOf(span, "it's", false)).toBe(
    " /*application='it%27s',traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/",
  );
  expect(commentOf(span, 'a', true)).toBe('');
});
