import { Pool } from 'pg';
import { startPostgres } from '../../shared/testing/servers';
import { ConnectionPool } from './connection-pool';
import { PostgresDriver } from './postgres-driver';
import type { BenchDefinition } from '../../../base/bench';

const CONNECTIONS = 4;
const ROUNDS = 5;
/** Callers at once, and acquisitions or statements of a round. */
const LOADS = {
  lending: { callers: 1, cycles: 10_000 },
  'lending, contended': { callers: 64, cycles: 10_000 },
  statements: { callers: 1, cycles: 300 },
  'statements, contended': { callers: 64, cycles: 1_500 },
} as const;

interface Measured {
  /** Processor time of one cycle in this process, all callers together. */
  readonly micros: number;
  /** Of one caller's wait, from asking to having given back, in milliseconds. */
  readonly p99: number;
}

/** Lending of connections and whole statements, ours with its metrics on against pg's own Pool on one server, in turns. */
export const bench: BenchDefinition = {
  name: 'connection-pool',
  run: async ({ out }) => {
    const server = await startPostgres();
    if (server === undefined) {
      out('skipped: no PostgreSQL is installed');
      return {};
    }
    const ours = new ConnectionPool({
      name: 'bench',
      primary: new PostgresDriver({ connectionString: server.url }),
      read: { max: CONNECTIONS },
    });
    const theirs = new Pool({ connectionString: server.url, max: CONNECTIONS });
    const lend = async (): Promise<void> => (await ours.shares.read.acquire()).release();
    const lendTheirs = async (): Promise<void> => (await theirs.connect()).release();
    const ask = async (): Promise<unknown> => ours.query('SELECT 1 AS one WHERE $1::int = 1', [1]);
    const askTheirs = async (): Promise<unknown> => theirs.query('SELECT 1 AS one WHERE $1::int = 1', [1]);
    const figures: Record<string, number> = {};
    try {
      for (const [name, { callers, cycles }] of Object.entries(LOADS)) {
        const [mine, pgs] = name.startsWith('lending') ? [lend, lendTheirs] : [ask, askTheirs];
        const measured: { mine: Measured[]; pgs: Measured[] } = { mine: [], pgs: [] };
        // The first round warms up.
        for (let round = 0; round <= ROUNDS; round++) {
          const [first, second] = [await measure(mine, callers, cycles), await measure(pgs, callers, cycles)];
          if (round === 0) continue;
          measured.mine.push(first);
          measured.pgs.push(second);
        }
        const of = (all: readonly Measured[], key: keyof Measured): number => median(all.map((each) => each[key]));
        const [our, pg] = [measured.mine, measured.pgs];
        figures[`${name}.overPg`] = of(our, 'micros') / of(pg, 'micros');
        figures[`${name}.p99OverPg`] = of(our, 'p99') / of(pg, 'p99');
        out(
          `${name.padEnd(22)} ours ${of(our, 'micros').toFixed(1)} µs, p99 ${of(our, 'p99').toFixed(2)} ms;  pg.Pool ` +
            `${of(pg, 'micros').toFixed(1)} µs, p99 ${of(pg, 'p99').toFixed(2)} ms`,
        );
      }
      return figures;
    } finally {
      await theirs.end();
      await ours.close();
      await server.stop();
    }
  },
};

async function measure(cycle: () => Promise<unknown>, callers: number, cycles: number): Promise<Measured> {
  const waits: number[] = [];
  const began = process.cpuUsage();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let count = 0; count < cycles / callers; count++) {
        const asked = performance.now();
        await cycle();
        waits.push(performance.now() - asked);
      }
    }),
  );
  const { user, system } = process.cpuUsage(began);
  const micros = (user + system) / waits.length;
  const sorted = waits.sort((a, b) => a - b);
  return { micros, p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
