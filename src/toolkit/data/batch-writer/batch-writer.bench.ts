import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noTelemetry } from '../../../base/telemetry';
import { findProgram, startPostgres } from '../../shared/testing/servers';
import { ConnectionPool } from '../connection-pool/connection-pool';
import { PostgresDriver } from '../connection-pool/postgres-driver';
import { BatchWriter } from './batch-writer';
import type { BenchDefinition } from '../../../base/bench';
import type { TableOptions } from './row-batch';
import type { SqlExecutor } from './sql-executor';

const ROWS = 100_000;
const SINGLE_ROWS = 2_000;
const ROUNDS = 3;

/** What one way took: rows a second, and µs of processor time for a row in this process and in the server's. */
interface Measured {
  readonly rate: number;
  readonly clientMicros: number;
  readonly serverMicros: number;
}

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
        writer: { rows: ROWS, work: () => byWriter(pool, {}) },
        writerOneAtATime: { rows: ROWS, work: () => byWriter(pool, { parallel: 1 }) },
        writerWithValues: { rows: ROWS, work: () => byWriter(valuesOnly, {}) },
      };
      if (psql !== undefined) {
        const copy = ['-q', '-d', server.url, '-c', `\\copy t from '${file}'`];
        ways.copy = { rows: ROWS, work: () => promisify(execFile)(psql, copy) };
      }
      const all: Record<string, Measured[]> = {};
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, { rows, work }] of Object.entries(ways)) {
          await pool.query('TRUNCATE t');
          (all[name] ??= []).push(await measure(server.processId, rows, work));
        }
      }
      const figures: Record<string, number> = {};
      for (const [name, measured] of Object.entries(all)) {
        const rate = Math.max(...measured.map((each) => each.rate));
        const [client, own] = (['clientMicros', 'serverMicros'] as const).map((key) =>
          Math.min(...measured.map((each) => each[key])),
        );
        figures[name] = Math.round(rate);
        out(
          `${name.padEnd(18)} ${Math.round(rate)} rows/s; of processor time ${client?.toFixed(1)} µs a row here, ${own?.toFixed(1)} µs in the server`,
        );
      }
      return {
        ...figures,
        overRowByRow: (figures.writer ?? 0) / (figures.rowByRow ?? 1),
        overCopy: (figures.writer ?? 0) / (figures.copy ?? 1),
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

async function byWriter(executor: SqlExecutor, { parallel }: Pick<TableOptions, 'parallel'>): Promise<void> {
  const writer = new BatchWriter({
    name: 'bench',
    executor,
    tables: { t: { key: ['id'], ...(parallel === undefined ? {} : { parallel }) } },
    maxRows: 2_000,
    maxBytes: 4_000_000,
    maxPending: 2 * ROWS,
    telemetry: noTelemetry,
  });
  await Promise.all(Array.from({ length: ROWS }, (_, id) => writer.write('t', rowOf(id))));
  await writer.close();
}

async function measure(server: number, rows: number, work: () => Promise<unknown>): Promise<Measured> {
  const [before, serverBefore] = [process.cpuUsage(), childrenMicros(server)];
  const began = performance.now();
  await work();
  const rate = rows / ((performance.now() - began) / 1_000);
  const { user, system } = process.cpuUsage(before);
  return { rate, clientMicros: (user + system) / rows, serverMicros: (childrenMicros(server) - serverBefore) / rows };
}

/** Processor time of the processes that a process started, those that ended included; 0 where the system does not tell. */
function childrenMicros(parent: number): number {
  try {
    const pids = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').map(Number);
    const ended = ticksOf(parent).slice(2);
    return [...pids.flatMap((pid) => ticksOf(pid).slice(0, 2)), ...ended].reduce((sum, ticks) => sum + ticks, 0) * TICK;
  } catch {
    return 0;
  }
}

/** A clock tick of the system's accounts, in µs. */
const TICK = 10_000;

/** User and system time of a process, and of its children that ended, in ticks. */
function ticksOf(pid: number): number[] {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).map(Number);
}
