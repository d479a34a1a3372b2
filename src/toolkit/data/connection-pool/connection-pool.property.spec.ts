import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ConnectionPool } from './connection-pool';
import { ROLES } from './sql-router';
import type { Connection, Driver } from './driver';
import type { Role } from './sql-router';

/** How long callers wait for a connection, by share. */
const PATIENCE: Readonly<Record<Role, number>> = { read: 40, write: 60, analytics: 90 };
const OPENING = 3;

const caller = fc.record({
  start: fc.nat(300),
  route: fc.constantFrom<Role[]>('read', 'read', 'write', 'analytics'),
  takes: fc.nat(40),
  what: fc.constantFrom('query', 'query', 'query', 'refused', 'transaction', 'rollback'),
  leavesAfter: fc.constantFrom(undefined, undefined, 0, 10, 30),
});
const event = fc.record({ at: fc.nat(300), what: fc.constantFrom('kill one', 'kill all', 'down', 'up') });
const kind = fc.record({
  read: fc.integer({ min: 1, max: 4 }),
  write: fc.integer({ min: 1, max: 2 }),
  analytics: fc.integer({ min: 1, max: 2 }),
  closeAt: fc.constantFrom(undefined, 150),
});

/** A server whose connections notice every misuse; statements are `<caller> <milliseconds> <ok or refused>`. */
class WatchedServer implements Driver {
  readonly dialect = 'postgres';
  readonly address = 'watched';
  readonly faults: string[] = [];
  /** Callers in the order in which their first statements began, by share. */
  readonly begun = new Map<string, number[]>();
  readonly open = new Map<string, number>();
  readonly most = new Map<string, number>();
  isDown = false;
  private readonly connections = new Set<{ kill(): void }>();

  constructor(private readonly clock: ManualClock) {}

  async connect({ applicationName, readOnly }: Parameters<Driver['connect']>[0]): Promise<Connection> {
    const share = applicationName.replace(/.*-/, '');
    if (readOnly !== (share !== 'write')) this.faults.push('a share that may do what it should not');
    this.count(share, 1);
    await this.clock.sleep(OPENING);
    if (this.isDown) {
      this.count(share, -1);
      throw new Error('connection refused');
    }
    let [isAlive, isOpen, isRunning, inTransaction] = [true, true, false, ''];
    let onDeath: (() => void) | undefined;
    const handle = { kill: () => ((isAlive = false), onDeath?.()) };
    this.connections.add(handle);
    return {
      run: async (sql) => {
        const [who = '', takes = '0', how = ''] = sql.replace(/ \/\*.*/, '').split(' ');
        if (isRunning) this.faults.push('two statements at a time');
        if (who === 'ROLLBACK' && !isAlive) throw new Error('connection lost');
        if (!isAlive || !isOpen) this.faults.push('a dead connection was lent');
        if (who === 'BEGIN') inTransaction = 'begun';
        else if (who === 'COMMIT' || who === 'ROLLBACK') inTransaction = '';
        else if (inTransaction === 'begun') inTransaction = who;
        else if (inTransaction !== '' && inTransaction !== who) this.faults.push('in the transaction of another');
        if (/^\d+$/.test(who)) this.begun.set(share, [...(this.begun.get(share) ?? []), Number(who)]);
        isRunning = true;
        const dying = new Promise<void>((resolve) => (onDeath = resolve));
        await Promise.race([this.clock.sleep(Number(takes)), dying]);
        onDeath = undefined;
        isRunning = false;
        if (!isAlive) throw new Error('connection lost');
        if (how === 'refused') throw new Error('refused');
        return { rows: [{ who }], rowCount: 1 };
      },
      isAlive: () => isAlive,
      close: async () => {
        if (!isOpen) this.faults.push('closed twice');
        if (isRunning) this.faults.push('closed while in use');
        isOpen = false;
        isAlive = false;
        this.connections.delete(handle);
        this.count(share, -1);
      },
    };
  }

  kill(all: boolean): void {
    for (const connection of [...this.connections].slice(0, all ? undefined : 1)) connection.kill();
  }

  private count(share: string, by: number): void {
    const now = (this.open.get(share) ?? 0) + by;
    this.open.set(share, now);
    this.most.set(share, Math.max(this.most.get(share) ?? 0, now));
  }
}

test('under any schedule of callers and failures shares keep their limits and order, every call ends once, the dead are replaced', async () => {
  await fc.assert(
    fc.asyncProperty(
      kind,
      fc.array(caller, { maxLength: 50, size: 'max' }),
      fc.array(event, { maxLength: 8 }),
      async ({ closeAt, ...max }, callers, events) => {
        const clock = new ManualClock();
        const server = new WatchedServer(clock);
        const share = (role: Role) => ({ max: max[role], acquireTimeout: PATIENCE[role] });
        const pool = new ConnectionPool({
          name: 'p',
          primary: server,
          read: share('read'),
          write: share('write'),
          analytics: share('analytics'),
          clock,
          telemetry: noTelemetry,
        });
        for (const { at, what } of events) {
          clock.schedule(at, () => {
            if (what === 'down' || what === 'up') server.isDown = what === 'down';
            else server.kill(what === 'kill all');
          });
        }
        const ends = callers.map((): { what: string; at: number }[] => []);
        for (const [index, { start, route, takes, what, leavesAfter }] of callers.entries()) {
          const ask = async (): Promise<string> => {
            const abort = new AbortController();
            if (leavesAfter !== undefined) clock.schedule(leavesAfter, () => abort.abort(new Error('left')));
            const sql = `${index} ${takes} ${what === 'refused' ? 'refused' : 'ok'}`;
            const { signal } = abort;
            if (what === 'query' || what === 'refused') {
              const { rows } = await pool.query(sql, [], { route, signal });
              return `row ${String(rows[0]?.who)}`;
            }
            return pool.transaction(
              async ({ query }) => {
                const { rows } = await query(sql);
                if (what === 'rollback') throw new Error('rolled back');
                return `row ${String(rows[0]?.who)}`;
              },
              { signal },
            );
          };
          clock.schedule(start, () => {
            ask().then(
              (done) => ends[index]?.push({ what: done, at: clock.elapsed() }),
              (error: unknown) => {
                const code = error instanceof Error && 'code' in error ? String(error.code) : '';
                const message = error instanceof Error ? error.message : 'odd';
                ends[index]?.push({ what: `${code} ${message}`.trim(), at: clock.elapsed() });
              },
            );
          });
        }
        const closing: Promise<void>[] = [];
        if (closeAt !== undefined) clock.schedule(closeAt, () => closing.push(pool.close()));
        await clock.advance(1_000);
        server.isDown = false;
        if (closeAt === undefined) {
          // Whatever happened before, every share is whole again, to its limit.
          for (const role of ROLES) {
            const all = Array.from({ length: max[role] }, (_, at) =>
              pool.query(`again${at} 5 ok`, [], { route: role }),
            );
            await clock.advance(30);
            expect((await Promise.all(all)).map(({ rowCount }) => rowCount)).toEqual(all.map(() => 1));
            expect(pool.stats[role]).toMatchObject({ size: max[role], inUse: 0, waiters: 0 });
          }
        }
        closing.push(pool.close());
        await clock.advance(10);
        await Promise.all(closing);

        expect(server.faults).toEqual([]);
        for (const role of ROLES) {
          expect(server.most.get(role) ?? 0).toBeLessThanOrEqual(max[role]);
          expect(server.open.get(role) ?? 0).toBe(0);
          const startOf = (index: number): number => callers[index]?.start ?? NaN;
          const begun = (server.begun.get(role) ?? []).map((index) => [startOf(index), index]);
          // Those who asked at the same instant did so in the order of their numbers.
          expect(begun).toEqual([...begun].sort(([a = 0, i = 0], [b = 0, j = 0]) => a - b || i - j));
        }
        const hadTrouble = events.some(({ what }) => what === 'down');
        for (const [index, { start, route, what, leavesAfter = Infinity }] of callers.entries()) {
          const [end, ...more] = ends[index] ?? [];
          expect(more).toEqual([]);
          const { what: how, at } = end ?? { what: 'nothing', at: NaN };
          const role = what === 'transaction' || what === 'rollback' ? 'write' : route;
          if (how.startsWith('row'))
            expect([how, what === 'refused' || what === 'rollback']).toEqual([`row ${index}`, false]);
          else if (how === 'refused' || how === 'rolled back') expect(['refused', 'rollback']).toContain(what);
          else if (how === 'left') expect(at).toBe(start + leavesAfter);
          else if (how.startsWith('POOL_TIMEOUT')) expect(at).toBe(start + PATIENCE[role]);
          else if (how.startsWith('TOOLKIT_CLOSED')) expect(at).toBe(Math.max(start, closeAt ?? Infinity));
          else if (how.startsWith('RESOURCE_FAILED')) expect(hadTrouble).toBe(true);
          else
            expect([how, events.some(({ what: each }) => each.startsWith('kill'))]).toEqual(['connection lost', true]);
        }
        expect(clock.pending).toBe(0);
      },
    ),
    { seed: 12, numRuns: 60 },
  );
});
