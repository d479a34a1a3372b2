import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noTelemetry } from '../../../base/telemetry';
import { findProgram, startPostgres } from '../../shared/testing/servers';
import { ConnectionPool } from '../connection-pool/connection-pool';
import { PostgresDriver } from '../connection-pool/postgres-driver';
import { BatchWriter } from './batch-writer';
import type { BenchDefinition } from '../../../base/bench';
import type { SqlExecutor } from './sql-executor';

const ROWS = 100_000;
const SINGLE_ROWS = 2_000;
const ROUNDS = 3;

/** Rows a second into a real PostgreSQL: row by row, by the writer, by it without arrays, and by COPY, in one run. */
export const bench: BenchDefinition = {
  name: 'batch-writer',
  run: async ({ out }) => {
    const server = await startPostgres();
    if (server === undefined) {
      out('skipped: no PostgreSQL is installed');
      return {};
    }
    const pool = new ConnectionPool({
      name: 'bench',
      primary: new PostgresDriver({ connectionString: server.url }),
      telemetry: noTelemetry,
    });
    const folder = mkdtempSync(join(tmpdir(), 'telltale-copy-'));
    try {
      await pool.query('CREATE TABLE t (id int PRIMARY KEY, a text, b text, n int)');
      const file = join(folder, 'rows.tsv');
      writeFileSync(file, Array.from({ length: ROWS }, (_, id) => Object.values(rowOf(id)).join('\t')).join('\n'));
      const psql = findProgram('psql');
      const valuesOnly: SqlExecutor = {
        dialect: 'postgres',
        // Without the catalogue's answer the writer has one parameter for each value.
        query: (sql, parameters, options) =>
          sql.includes('pg_attribute') ? Promise.resolve({ rows: [] }) : pool.query(sql, parameters, options),
      };
      const ways: Record<string, { rows: number; work: () => Promise<unknown> }> = {
        rowByRow: { rows: SINGLE_ROWS, work: () => oneByOne(pool) },
        writer: { rows: ROWS, work: () => byWriter(pool) },
        writerWithValues: { rows: ROWS, work: () => byWriter(valuesOnly) },
      };
      if (psql !== undefined) {
        const copy = ['-q', '-d', server.url, '-c', `\\copy t from '${file}'`];
        ways.copy = { rows: ROWS, work: () => Promise.resolve(execFileSync(psql, copy)) };
      }
      const figures: Record<string, number[]> = {};
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, { rows, work }] of Object.entries(ways)) {
          await pool.query('TRUNCATE t');
          const began = performance.now();
          await work();
          (figures[name] ??= []).push(rows / ((performance.now() - began) / 1_000));
        }
      }
      const best = Object.fromEntries(
        Object.entries(figures).map(([name, all]) => [name, Math.round(Math.max(...all))]),
      );
      for (const [name, rate] of Object.entries(best)) out(`${name.padEnd(18)} ${rate} rows/s`);
      return {
        ...best,
        overRowByRow: (best.writer ?? 0) / (best.rowByRow ?? 1),
        overCopy: (best.writer ?? 0) / (best.copy ?? 1),
      };
    } finally {
      await pool.close();
      rmSync(folder, { recursive: true, force: true });
      await server.stop();
    }
  },
};

function rowOf(id: number): { id: number; a: string; b: string; n: number } {
  return { id, a: `some text ${id}`, b: 'x'.repeat(40), n: id * 2 };
}

async function oneByOne(pool: ConnectionPool): Promise<void> {
  for (let id = 0; id < SINGLE_ROWS; id++) {
    await pool.query('INSERT INTO t VALUES ($1, $2, $3, $4)', Object.values(rowOf(id)), { route: 'write' });
  }
}

async function byWriter(executor: SqlExecutor): Promise<void> {
  const writer = new BatchWriter({
    name: 'bench',
    executor,
    tables: { t: { key: ['id'] } },
    maxRows: 5_000,
    maxBytes: 4_000_000,
    maxPending: 2 * ROWS,
    telemetry: noTelemetry,
  });
  await Promise.all(Array.from({ length: ROWS }, (_, id) => writer.write('t', rowOf(id))));
  await writer.close();
}
