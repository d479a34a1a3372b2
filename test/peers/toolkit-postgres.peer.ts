import { Client } from 'pg';
import { systemClock } from '../../src/base/clock';
import { seededRandom } from '../../src/base/ids';
import { noTelemetry } from '../../src/base/telemetry';
import { textMessage } from '../../src/assistant/messages';
import { ConversationStore } from '../../src/assistant/store/conversation-store';
import { migrate } from '../../src/assistant/store/migrate';
import { LOAD_THREAD, THREAD_OUTLINE } from '../../src/assistant/store/schema';
import { BatchWriter, ConnectionPool, PostgresDriver } from '../../src/toolkit/data';
import { startPostgres } from '../../src/toolkit/shared/testing/servers';
import type { ConnectionPoolOptions } from '../../src/toolkit/data';
import type { TestServer } from '../../src/toolkit/shared/testing/servers';

jest.setTimeout(120_000);

let server: TestServer | undefined;
const pools: ConnectionPool[] = [];

beforeAll(async () => {
  server = await startPostgres();
  if (server === undefined) console.log('skipped: no PostgreSQL is installed');
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await server?.stop();
});

/** A test that needs the server. */
function withPostgres(name: string, run: (url: string) => Promise<void>): void {
  test(name, async () => {
    if (server !== undefined) await run(server.url);
  });
}

function openPool(url: string, options: Partial<ConnectionPoolOptions> = {}): ConnectionPool {
  const pool = new ConnectionPool({
    name: 'peer',
    primary: new PostgresDriver({ connectionString: url }),
    telemetry: noTelemetry,
    ...options,
  });
  pools.push(pool);
  return pool;
}

async function admin(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

withPostgres('the pool: exhaustion, statement timeout, abort, read-only reads', async (url) => {
  const pool = openPool(url, { read: { max: 2, acquireTimeout: 200, statementTimeout: 300 } });
  const sleepers = [1, 2].map(() => pool.query('SELECT pg_sleep(10)').catch((error: unknown) => error));
  await expect(pool.query('SELECT 1 WHERE true')).rejects.toMatchObject({ code: 'POOL_TIMEOUT' });
  for (const error of await Promise.all(sleepers)) expect(error).toMatchObject({ code: 'STATEMENT_TIMEOUT' });
  const abort = new AbortController();
  const aborted = pool.query('SELECT pg_sleep(10)', [], { signal: abort.signal, route: 'write' });
  await systemClock.sleep(200);
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  const [running] = await admin(
    url,
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(10)%' AND state = 'active' AND pid <> pg_backend_pid()",
  );
  expect(running).toEqual({ n: 0 });
  await pool.query('CREATE TABLE r (x int)');
  await expect(pool.query('INSERT INTO r VALUES (1)', [], { route: 'read' })).rejects.toMatchObject({
    sqlState: '25006',
  });
  expect(pool.stats.read.inUse + pool.stats.write.inUse).toBe(0);
});

withPostgres('a connection killed mid-query fails that query alone', async (url) => {
  const pool = openPool(url, { applicationName: 'victim' });
  await pool.query('SELECT 1 WHERE true');
  const victim = pool.query('SELECT pg_sleep(10)').catch((error: unknown) => error);
  await systemClock.sleep(200);
  await admin(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'victim%'");
  expect(await victim).toMatchObject({ code: 'STATEMENT_FAILED', isTransient: true });
  expect((await pool.query('SELECT 1 AS one WHERE true')).rows).toEqual([{ one: 1 }]);
});

withPostgres('a replica that is away is passed over', async (url) => {
  const pool = openPool(url, {
    replicas: [new PostgresDriver({ connectionString: 'postgres://nobody@127.0.0.1:9/none' })],
  });
  expect((await pool.query('SELECT 2 AS two WHERE true')).rows).toEqual([{ two: 2 }]);
});

withPostgres('the writer: duplicates, poison rows, lost connections', async (url) => {
  const pool = openPool(url, { applicationName: 'writer' });
  await pool.query('CREATE TABLE w (id int PRIMARY KEY, v varchar(5), n int)');
  const writer = new BatchWriter({
    name: 'w',
    executor: pool,
    tables: { w: { key: ['id'] } },
    window: 5,
    retryDelay: 20,
    telemetry: noTelemetry,
  });
  const rows = Array.from({ length: 2_000 }, (_, index) => ({
    id: index % 1_500,
    v: index % 400 === 7 ? 'much too long' : 'ok',
    n: index,
  }));
  const killing = (async () => {
    for (let count = 0; count < 3; count++) {
      await systemClock.sleep(3);
      await admin(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'writer%'");
    }
  })();
  const results = await Promise.allSettled(rows.map((row) => writer.write('w', row)));
  await killing;
  const bad = rows.flatMap(({ v }, index) => (v === 'ok' ? [] : [index]));
  expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual(bad);
  const [state] = (await pool.query('SELECT count(*)::int AS rows, max(n)::int AS newest FROM w')).rows;
  expect(state).toEqual({
    rows: 1_500 - rows.slice(0, 1_500).filter(({ v, id }) => v !== 'ok' && id >= 500).length,
    newest: 1_999,
  });
  await writer.close();
});

withPostgres('values of every kind are written in batches as they are one by one', async (url) => {
  const pool = openPool(url);
  const columns = `id int PRIMARY KEY, t text, v varchar(8), c char(4), n numeric, f float8, b boolean, j jsonb, at timestamptz,
    local timestamp, day date, raw bytea, u uuid, tags text[], big bigint`;
  await pool.query(`CREATE TABLE one_by_one (${columns})`);
  await pool.query(`CREATE TABLE in_batches (${columns})`);
  const rows = [
    { id: 1, t: 'a"b\\c{},', v: 'NULL', c: 'ab', n: '1.50', f: NaN, b: true, j: { a: ['"', null] }, big: 2n ** 60n },
    { id: 2, t: '', v: null, c: 'x', n: 3, f: -Infinity, b: false, j: '"text"', big: -1 },
    { id: 3, t: '✓ 𝄞\n\t', v: "it's", c: null, n: null, f: 0.1, b: null, j: null, big: null },
  ];
  const times = [0, 1, 2].map((index) => {
    const at = new Date(1_767_225_600_123 + index * 86_400_000 * 180);
    return {
      id: 10 + index,
      at,
      local: at,
      day: at,
      raw: Buffer.from([0, 92, 34, 255]),
      u: `0000000${index}-0000-4000-8000-000000000000`,
    };
  });
  const lists = [1, 2].map((index) => ({ id: 20 + index, tags: ['a', `b"${index}`] }));
  const all: Record<string, unknown>[] = [...rows, ...times, ...lists];
  for (const row of all) {
    const names = Object.keys(row);
    const places = names.map((_, index) => `$${index + 1}`);
    await pool.query(`INSERT INTO one_by_one (${names.join(',')}) VALUES (${places.join(',')})`, Object.values(row));
  }
  const writer = new BatchWriter({ name: 'kinds', executor: pool, window: 5, telemetry: noTelemetry });
  const tooLong = [1, 2].map((index) =>
    writer.write('in_batches', { id: 30 + index, c: index === 1 ? 'abcdef' : 'abcd' }),
  );
  const results = await Promise.allSettled([...all.map((row) => writer.write('in_batches', row)), ...tooLong]);
  expect(results.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
  await writer.close();
  const read = async (table: string) => (await pool.query(`SELECT * FROM ${table} WHERE id < 30 ORDER BY id`)).rows;
  expect(await read('in_batches')).toEqual(await read('one_by_one'));
  expect((await pool.query('SELECT id FROM in_batches WHERE id >= 30')).rows).toEqual([{ id: 32 }]);
});

withPostgres('a column that is dropped and added anew under another type is noticed', async (url) => {
  const pool = openPool(url);
  await pool.query('CREATE TABLE changing (id int PRIMARY KEY, v int)');
  const writer = new BatchWriter({
    name: 'changing',
    executor: pool,
    tables: { changing: { key: ['id'] } },
    window: 5,
    telemetry: noTelemetry,
  });
  await Promise.all([1, 2].map((id) => writer.write('changing', { id, v: id })));
  await pool.query('ALTER TABLE changing DROP COLUMN v', [], { route: 'write' });
  await pool.query('ALTER TABLE changing ADD COLUMN v jsonb', [], { route: 'write' });
  await Promise.all([1, 2, 3].map((id) => writer.write('changing', { id, v: id })));
  await Promise.all([4, 5].map((id) => writer.write('changing', { id, v: { id } })));
  expect((await pool.query('SELECT count(*)::int AS n FROM changing WHERE v IS NOT NULL')).rows).toEqual([{ n: 5 }]);
  await writer.close();
});

withPostgres('batches at the same time leave the table as if the rows had been written one by one', async (url) => {
  const pool = openPool(url, { write: { max: 4 } });
  await pool.query('CREATE TABLE p (id int PRIMARY KEY, a int DEFAULT 7, b int CHECK (b < 99))');
  const tables = { p: { key: ['id'], parallel: 3 } };
  const writer = new BatchWriter({ name: 'p', executor: pool, tables, maxRows: 40, window: 2, telemetry: noTelemetry });
  const random = seededRandom(11);
  const rows = Array.from({ length: 4_000 }, (_, at) => {
    // A bad value that a later row of its batch replaces is not refused but superseded: bad rows have keys of their own.
    if (random() < 0.01) return { id: 1_000 + at, b: 99 };
    const a = random() < 0.6 ? { a: Math.floor(random() * 1_000) } : {};
    const b = random() < 0.6 ? { b: Math.floor(random() * 99) } : {};
    return { id: Math.floor(random() * 300), ...a, ...b };
  });
  const results = await Promise.allSettled(rows.map((row) => writer.write('p', row)));
  await writer.close();
  const want = new Map<number, { id: number; a: number; b: number | null }>();
  const refused: number[] = [];
  for (const [at, row] of rows.entries()) {
    if ('b' in row && row.b === 99) refused.push(at);
    else want.set(row.id, { ...(want.get(row.id) ?? { id: row.id, a: 7, b: null }), ...row });
  }
  expect(refused.length).toBeGreaterThan(5);
  expect(results.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual(refused);
  expect((await pool.query('SELECT id, a, b FROM p WHERE true ORDER BY id')).rows).toEqual(
    [...want.values()].sort((one, other) => one.id - other.id),
  );
});

withPostgres('every promise of a row tells the truth, also where rows of one batch share a key', async (url) => {
  const pool = openPool(url, { write: { max: 4 } });
  for (const duplicates of ['fold', 'each'] as const) {
    const table = `truth_${duplicates}`;
    await pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a int, b int CHECK (b < 99))`);
    const tables = { [table]: { key: ['id'], duplicates } };
    const writer = new BatchWriter({
      name: table,
      executor: pool,
      tables,
      maxRows: 50,
      window: 2,
      telemetry: noTelemetry,
    });
    const random = seededRandom(5);
    const rows = Array.from({ length: 1_500 }, () => ({
      id: Math.floor(random() * 60),
      a: Math.floor(random() * 9),
      b: random() < 0.1 ? 99 : Math.floor(random() * 99),
    }));
    const results = await Promise.allSettled(rows.map((row) => writer.write(table, row)));
    await writer.close();
    const outcomes = results.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code));
    const of = (isBad: boolean): Set<string> => new Set(outcomes.filter((_, at) => (rows[at]?.b === 99) === isBad));
    // What is called written would be taken, what is refused would not; folding says openly what it does not know.
    expect(of(true)).toEqual(new Set(duplicates === 'each' ? ['ROW_REJECTED'] : ['ROW_REJECTED', 'superseded']));
    expect(of(false)).toEqual(new Set(duplicates === 'each' ? ['written'] : ['written', 'superseded']));
    const want = new Map(rows.filter(({ b }) => b !== 99).map((row) => [row.id, row]));
    const { rows: stored } = await pool.query(`SELECT id, a, b FROM ${table} WHERE true ORDER BY id`);
    expect(stored).toEqual([...want.values()].sort((one, other) => one.id - other.id));
  }
});

withPostgres('throughput against row by row and against COPY-like unnest, in one run', async (url) => {
  const pool = openPool(url);
  await pool.query('CREATE TABLE t (id int PRIMARY KEY, a text, b text, n int)');
  const rowOf = (id: number) => ({ id, a: `some text ${id}`, b: 'x'.repeat(40), n: id * 2 });
  const timed = async (count: number, work: () => Promise<unknown>): Promise<number> => {
    await pool.query('TRUNCATE t');
    const began = systemClock.elapsed();
    await work();
    return count / ((systemClock.elapsed() - began) / 1_000);
  };
  const single = await timed(500, async () => {
    for (let id = 0; id < 500; id++) {
      const { a, b, n } = rowOf(id);
      await pool.query('INSERT INTO t VALUES ($1, $2, $3, $4)', [id, a, b, n], { route: 'write' });
    }
  });
  const byWriter = async (): Promise<void> => {
    const writer = new BatchWriter({
      name: 't',
      executor: pool,
      tables: { t: { key: ['id'] } },
      maxRows: 2_000,
      maxBytes: 4_000_000,
      maxPending: 40_000,
      telemetry: noTelemetry,
    });
    await Promise.all(Array.from({ length: 20_000 }, (_, id) => writer.write('t', rowOf(id))));
    await writer.close();
  };
  // The first rounds find the code not compiled yet.
  const rounds: number[] = [];
  for (let round = 0; round < 4; round++) rounds.push(await timed(20_000, byWriter));
  const batched = Math.max(...rounds);
  const columns = await timed(20_000, async () => {
    const rows = Array.from({ length: 20_000 }, (_, id) => rowOf(id));
    await pool.query(
      'INSERT INTO t SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::int[])',
      [rows.map(({ id }) => id), rows.map(({ a }) => a), rows.map(({ b }) => b), rows.map(({ n }) => n)],
      { route: 'write' },
    );
  });
  console.log(
    `rows/s: row by row ${Math.round(single)}, writer ${Math.round(batched)}, one statement of columns ${Math.round(columns)}`,
  );
  expect((await pool.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 20_000 }]);
  expect(batched).toBeGreaterThan(10 * single);
});

withPostgres('the assistant’s store uses its indexes', async (url) => {
  const pool = openPool(url);
  expect(await migrate(pool, 1)).toBe(3);
  expect(await migrate(pool, 2)).toBe(0);
  const store = new ConversationStore(pool, systemClock);
  const turn = [
    textMessage('user', 'Where is it?'),
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'search_text', input: { query: 'it' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'here' }] },
    textMessage('assistant', 'There.'),
  ] as const;
  await store.append('t1', 'me', 0, turn);
  expect(await store.load('t1')).toEqual(turn);
  await pool.query(
    `INSERT INTO messages SELECT 't' || (i / 50), 1000 + i % 50, 'user', repeat('x', 200), i FROM generate_series(1000, 40000) i
     WHERE EXISTS (SELECT 1) AND 't' || (i / 50) IN (SELECT id FROM threads)`,
    [],
    { route: 'write' },
  );
  await pool.query("INSERT INTO threads SELECT 'x' || i, 'c', i, i FROM generate_series(1, 800) i", [], {
    route: 'write',
  });
  await pool.query(
    "INSERT INTO messages SELECT 'x' || (1 + i / 50), i % 50, 'user', repeat('y', 300), i FROM generate_series(0, 39999) i",
    [],
    { route: 'write' },
  );
  await pool.query('VACUUM ANALYZE messages', [], { route: 'write' });
  const plan = async (sql: string) =>
    (await pool.query(`EXPLAIN (COSTS OFF) ${sql.replace('$1', "'x7'")}`)).rows
      .map((row) => String(row['QUERY PLAN']))
      .join('\n');
  expect(await plan(THREAD_OUTLINE)).toContain('Index Only Scan using messages_outline');
  expect(await plan(LOAD_THREAD)).not.toContain('Seq Scan on messages');
});
