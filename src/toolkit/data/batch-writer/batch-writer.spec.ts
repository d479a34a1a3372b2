import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatementFailedError } from '../../errors';
import { recordedTelemetry } from '../../shared/testing/recorded-telemetry';
import { ConnectionPool } from '../connection-pool/connection-pool';
import { SqliteDriver } from '../connection-pool/sqlite-driver';
import { BatchWriter } from './batch-writer';
import { upsertSql } from './upsert-sql';
import type { BatchWriterOptions } from './batch-writer';
import type { SqlExecutor } from './sql-executor';

function setUp(
  options: Partial<BatchWriterOptions> = {},
  fail: (sql: string, parameters: readonly unknown[]) => Error | undefined = () => undefined,
  types: readonly { readonly name: string; readonly type: string }[] = [],
) {
  const clock = new ManualClock();
  const ran: { sql: string; parameters: readonly unknown[] }[] = [];
  const executor: SqlExecutor = {
    dialect: 'postgres',
    query: async (sql, parameters) => {
      if (sql.includes('pg_attribute')) return { rows: types };
      ran.push({ sql, parameters });
      await clock.sleep(1);
      const error = fail(sql, parameters);
      if (error !== undefined) throw error;
      return undefined;
    },
  };
  const writer = new BatchWriter({
    name: 'test',
    executor,
    window: 50,
    clock,
    random: () => 0.5,
    telemetry: noTelemetry,
    ...options,
  });
  return { clock, writer, ran };
}

test('a batch goes by rows, by bytes, or by time', async () => {
  const { clock, writer, ran } = setUp({ maxRows: 3, maxBytes: 100 });
  const all = Promise.all([
    ...[1, 2, 3].map((id) => writer.write('a', { id })),
    writer.write('b', { text: 'x'.repeat(200) }),
    writer.write('c', { id: 1 }),
  ]);
  await clock.advance(2);
  expect(ran).toHaveLength(2);
  await clock.advance(50);
  await all;
  expect(ran).toHaveLength(3);
});

test('rows of one key are folded, column sets are apart', async () => {
  const { clock, writer, ran } = setUp({ tables: { t: { key: ['id'] } } });
  const rows = [
    { id: 1, a: 1 },
    { id: 2, b: 1 },
    { id: 1, b: 2 },
    { id: 1, a: 3 },
    { id: 3, a: 1 },
  ];
  const all = Promise.all(rows.map((row) => writer.write('t', row)));
  await clock.advance(100);
  // The value 1 of `a` was never seen by the database, those of `b` were.
  expect(await all).toEqual(['superseded', 'written', 'written', 'written', 'written']);
  expect(ran.map(({ parameters }) => parameters)).toEqual([
    [3, 2, 1],
    [1, 2],
    [1, 3],
  ]);
  expect(ran[0]?.sql).toBe(
    'INSERT INTO "t" ("a","b","id") VALUES ($1,$2,$3) ON CONFLICT ("id") DO UPDATE SET "a" = excluded."a", "b" = excluded."b"',
  );
});

test.each([
  { onConflict: 'update', duplicates: 'fold', want: ['superseded', 'written', 'written'], statements: [[7, 1]] },
  { onConflict: 'nothing', duplicates: 'fold', want: ['written', 'superseded', 'superseded'], statements: [[-1, 1]] },
  {
    onConflict: 'update',
    duplicates: 'each',
    want: ['refused', 'written', 'written'],
    statements: [
      [-1, 1],
      [7, 1],
      [7, 1],
    ],
  },
  {
    onConflict: 'nothing',
    duplicates: 'each',
    want: ['refused', 'written', 'written'],
    statements: [
      [-1, 1],
      [7, 1],
      [7, 1],
    ],
  },
] as const)(
  'a row is called written only when the database saw its values: $onConflict, $duplicates',
  async ({ onConflict, duplicates, want, statements }) => {
    const telemetry = recordedTelemetry();
    const { clock, writer, ran } = setUp(
      { tables: { t: { key: ['id'], onConflict, duplicates } }, telemetry },
      (_sql, [a]) => (a === -1 && duplicates === 'each' ? new StatementFailedError('bad', '23514', false) : undefined),
    );
    const all = [-1, 7, 7].map((a) =>
      writer.write('t', { id: 1, a }).catch(({ code }) => (code === 'ROW_REJECTED' ? 'refused' : code)),
    );
    await clock.advance(100);
    expect(await Promise.all(all)).toEqual(want);
    expect(ran.map(({ parameters }) => parameters)).toEqual(statements);
    const superseded = want.filter((each) => each === 'superseded').length;
    expect(telemetry.valueOf('telltale_writer_superseded_rows_total', { writer: 'test' })).toBe(superseded);
  },
);

test('statements hold no more parameters than they may', async () => {
  const { clock, writer, ran } = setUp({ maxRows: 100_000 });
  const all = Promise.all(Array.from({ length: 40_000 }, (_, id) => writer.write('t', { id, v: 1 })));
  await clock.advance(100);
  await all;
  expect(ran.map(({ parameters }) => parameters.length)).toEqual([65_534, 14_466]);
});

test('where the types of columns are known a statement has one array for each', async () => {
  const types = [
    { name: 'id', type: 'pg_catalog.int4' },
    { name: 'v', type: 'pg_catalog.text' },
  ];
  const { clock, writer, ran } = setUp({ tables: { t: { key: ['id'] } } }, () => undefined, types);
  const rows = [
    { id: 1, v: 'a"b\\c' },
    { id: 2, v: null },
    { id: 3, v: { x: [1] } },
    { id: 4, v: Buffer.from([1, 255]) },
  ];
  const all = Promise.all([...rows, { id: 5, other: 1 }, { id: 6, other: 2 }].map((row) => writer.write('t', row)));
  await clock.advance(60);
  await all;
  expect(ran.map(({ sql }) => sql)).toEqual([
    'INSERT INTO "t" ("id","v") SELECT * FROM unnest($1::pg_catalog.int4[],$2::pg_catalog.text[])' +
      ' ON CONFLICT ("id") DO UPDATE SET "v" = excluded."v"',
    'INSERT INTO "t" ("id","other") VALUES ($1,$2),($3,$4) ON CONFLICT ("id") DO UPDATE SET "other" = excluded."other"',
  ]);
  expect(ran[0]?.parameters).toEqual(['{1,2,3,4}', String.raw`{"a\"b\\c",NULL,"{\"x\":[1]}","\\x01ff"}`]);
});

test('a poison row fails alone', async () => {
  const poison = new StatementFailedError('value too long', '22001', false);
  const { clock, writer } = setUp({ tables: { t: { key: ['id'] } } }, (_sql, parameters) =>
    parameters.includes('bad') ? poison : undefined,
  );
  const rows = Array.from({ length: 33 }, (_, id) => ({ id: id % 30, v: id === 17 || id === 31 ? 'bad' : 'good' }));
  const settled = Promise.allSettled(rows.map((row) => writer.write('t', row)));
  await clock.advance(1_000);
  const results = await settled;
  expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([17, 31]);
  expect(results[17]).toMatchObject({ reason: { code: 'ROW_REJECTED' } });
});

test('a database that is away is waited for; given up after the attempts', async () => {
  let away = 2;
  const { clock, writer } = setUp({ attempts: 3 }, () =>
    away-- > 0 ? new StatementFailedError('gone', undefined, true) : undefined,
  );
  const written = writer.write('t', { id: 1 });
  await clock.advance(1_000);
  await written;
  away = 99;
  const failing = expect(writer.write('t', { id: 2 })).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
  await clock.advance(5_000);
  await failing;
});

test('rows that come faster than they are written go in two batches at once, never of one key', async () => {
  const clock = new ManualClock();
  const running = new Set<readonly string[]>();
  let most = 0;
  const written = new Map<unknown, unknown>();
  const executor: SqlExecutor = {
    dialect: 'postgres',
    query: async (sql, parameters) => {
      if (sql.includes('pg_attribute')) return { rows: [] };
      const keys = parameters.filter((value): value is string => typeof value === 'string');
      for (const others of running) expect(others.filter((key) => keys.includes(key))).toEqual([]);
      running.add(keys);
      most = Math.max(most, running.size);
      // Every other one takes long, so that batches overtake each other.
      await clock.sleep(running.size === 1 ? 30 : 1);
      running.delete(keys);
      parameters.forEach((value, at) => typeof value === 'string' && written.set(value, parameters[at - 1]));
      return undefined;
    },
  };
  const tables = { t: { key: ['id'] } };
  const writer = new BatchWriter({ name: 'test', executor, tables, maxRows: 4, clock, telemetry: noTelemetry });
  const ids = ['a', 'b', 'c', 'd', 'a', 'e', 'f', 'b', 'g', 'h', 'c', 'i', 'j', 'd', 'k', 'l', 'a', 'a', 'a', 'a'];
  const all = Promise.all(ids.map((id, at) => writer.write('t', { id, at })));
  await clock.advance(500);
  await all;
  expect(most).toBe(2);
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(ids.map((id, at) => [id, at])));
});

test('a row can be taken back until its batch begins', async () => {
  const { clock, writer, ran } = setUp({ maxPending: 2, window: 10 });
  const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
  const written = Promise.allSettled([
    writer.write('t', { id: 1 }, first.signal),
    writer.write('t', { id: 2 }, second.signal),
    writer.write('t', { id: 3 }, third.signal),
    writer.write('t', { id: 4 }),
  ]);
  second.abort(new Error('never mind'));
  third.abort(new Error('nor this'));
  await clock.advance(10);
  // Too late: it is being written.
  first.abort(new Error('stop'));
  await clock.advance(50);
  expect((await written).map((each) => (each.status === 'rejected' ? String(each.reason) : 'written'))).toEqual([
    'written',
    'Error: never mind',
    'Error: nor this',
    'written',
  ]);
  expect(ran.flatMap(({ parameters }) => parameters)).toEqual([1, 4]);
  expect(writer.size).toBe(0);
  await expect(writer.write('t', { id: 5 }, first.signal)).rejects.toThrow('stop');
});

test('writers wait for room, in order, and closing writes everything', async () => {
  const { clock, writer, ran } = setUp({ maxPending: 2, maxRows: 2, maxWaiters: 3 });
  const all = Promise.all([1, 2, 3, 4, 5].map((id) => writer.write('t', { id })));
  await expect(writer.write('t', { id: 6 })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  const closing = writer.close();
  await clock.advance(100);
  await closing;
  await all;
  expect(ran.flatMap(({ parameters }) => parameters)).toEqual([1, 2, 3, 4, 5]);
  await expect(writer.write('t', { id: 7 })).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });
});

test.each([
  ['no key', {}, 'INSERT INTO "s"."t" ("a") VALUES ($1)'],
  [
    'nothing',
    { key: ['a'], onConflict: 'nothing' as const },
    'INSERT INTO "s"."t" ("a") VALUES ($1) ON CONFLICT ("a") DO NOTHING',
  ],
  ['only the key', { key: ['a'] }, 'INSERT INTO "s"."t" ("a") VALUES ($1) ON CONFLICT ("a") DO NOTHING'],
])('SQL: %s', (_name, options, sql) => expect(upsertSql('s.t', [{ a: 1 }], options).sql).toBe(sql));

test('the table ends as if the rows had been written one by one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-writer-'));
  const pool = new ConnectionPool({
    name: 'w',
    primary: new SqliteDriver(join(folder, 'w.db')),
    telemetry: noTelemetry,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          id: fc.nat(5),
          a: fc.option(fc.nat(9), { nil: undefined }),
          b: fc.option(fc.nat(9), { nil: undefined }),
        }),
        { maxLength: 40 },
      ),
      fc.integer({ min: 1, max: 8 }),
      async (rows, maxRows) => {
        const write = { route: 'write' } as const;
        for (const table of ['batched', 'single']) {
          await pool.query(`DROP TABLE IF EXISTS ${table}`, [], write);
          await pool.query(
            `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 7, b INTEGER CHECK (b < 9))`,
            [],
            write,
          );
        }
        const options = { key: ['id'] };
        const writer = new BatchWriter({
          name: 'w',
          executor: pool,
          tables: { batched: options },
          maxRows,
          window: 1,
          telemetry: noTelemetry,
        });
        const outcomes = Promise.allSettled(rows.map((row) => writer.write('batched', row)));
        await writer.close();
        const batched = (await outcomes).map(({ status }) => status);
        const single: string[] = [];
        for (const row of rows) {
          const { sql, parameters } = upsertSql('single', [row], options);
          single.push(
            await pool.query(sql, parameters, write).then(
              () => 'fulfilled',
              () => 'rejected',
            ),
          );
        }
        expect(batched).toEqual(single);
        const read = async (table: string) => (await pool.query(`SELECT * FROM ${table} ORDER BY id`)).rows;
        expect(await read('batched')).toEqual(await read('single'));
      },
    ),
    { seed: 8, numRuns: 25 },
  );
  await pool.close();
  await rm(folder, { recursive: true });
});
