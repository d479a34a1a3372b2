import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { HttpPool } from './http-pool';
import { SimulatedOrigin } from './testing/simulated-origin';
import type { Telemetry } from '../../../base/telemetry';
import type { Fate } from './testing/simulated-origin';

const RESERVE = 10;
const RATIO = 0.1;
const ATTEMPTS = 3;
/** Whoever is not let go sooner gives up after this, so that silence ends. */
const PATIENCE = 400;

const fate: fc.Arbitrary<Fate> = fc.record({
  what: fc.constantFrom<Fate['what'][]>(200, 200, 404, 503, 503, 'lost', 'lost', 'broken', 'silent'),
  takes: fc.nat(40),
});
const caller = fc.record({
  start: fc.nat(300),
  origin: fc.constantFrom(0, 0, 0, 1, 2),
  method: fc.constantFrom('GET', 'GET', 'POST', 'nonsense'),
  fates: fc.array(fate, { minLength: ATTEMPTS, maxLength: ATTEMPTS }),
  leavesAfter: fc.constantFrom(undefined, undefined, 0, 25, 90),
  timeout: fc.constantFrom(PATIENCE, PATIENCE, 30),
  reads: fc.constantFrom('text', 'discard', 'stream'),
});
const kind = fc.record({
  connections: fc.integer({ min: 1, max: 3 }),
  maxPending: fc.integer({ min: 1, max: 24 }),
  maxOrigins: fc.integer({ min: 1, max: 3 }),
  closeAt: fc.constantFrom(undefined, 150),
  /** Nothing goes well: what holds retries back then is the budget alone. */
  isStorm: fc.boolean(),
});

function stormy<C extends { readonly method: string; readonly fates: readonly Fate[] }>(calm: C): C {
  const fates = calm.fates.map(({ what, takes }) => ({ what: typeof what === 'number' ? 503 : what, takes }));
  return { ...calm, method: 'GET', fates };
}

test('every request ends once, when and as it should; limits, budgets and the order hold; nothing is left after the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      kind,
      fc.array(caller, { maxLength: 60, size: 'max' }),
      async ({ closeAt, isStorm, ...limits }, drawn) => {
        const callers = isStorm ? drawn.map(stormy) : drawn;
        const clock = new ManualClock();
        const attempts = callers.map(() => 0);
        const opened = new Map<string, SimulatedOrigin[]>();
        const counts = new Map<string, number>();
        const telemetry: Telemetry = {
          ...noTelemetry,
          counter: (_name, _help, { outcome = '' } = {}) => ({
            add: () => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1),
          }),
        };
        const pool = new HttpPool({
          name: 'p',
          ...limits,
          attempts: ATTEMPTS,
          retryDelay: 8,
          retryBudget: RATIO,
          clock,
          telemetry,
          random: () => 0.5,
          open: (name, connections) => {
            const origin = new SimulatedOrigin(clock, connections, (path) => {
              const index = Number(path.slice(1));
              const turn = attempts[index] ?? 0;
              attempts[index] = turn + 1;
              return callers[index]?.fates[turn] ?? { what: 'lost', takes: 0 };
            });
            opened.set(name, [...(opened.get(name) ?? []), origin]);
            return origin;
          },
        });
        const faults: string[] = [];
        const accepted = new Map<string, number>();
        const look = (): void => {
          for (const [name, origins] of opened) {
            for (const origin of origins)
              if (origin.running + origin.queued > limits.maxPending) faults.push('too many');
            const sent = origins.reduce((sum, { dispatched }) => sum + dispatched, 0);
            const asked = accepted.get(name) ?? 0;
            // An origin that was closed for want of room begins anew, its reserve with it.
            if (sent - asked > RESERVE * origins.length + RATIO * asked + 1e-6) faults.push('over budget');
          }
        };
        const ends = callers.map((): { what: string; at: number }[] => []);
        for (const [index, { start, origin, method, leavesAfter, timeout, reads }] of callers.entries()) {
          const name = `http://o${origin}`;
          const ask = async (): Promise<string> => {
            const abort = new AbortController();
            if (leavesAfter !== undefined) clock.schedule(leavesAfter, () => abort.abort(new Error('left')));
            const asking = pool.request({ url: `${name}/${index}`, method, timeout, signal: abort.signal });
            accepted.set(name, (accepted.get(name) ?? 0) + 1);
            look();
            const response = await asking.catch((error: unknown) => {
              if (error instanceof Error && 'code' in error && error.code === 'QUEUE_FULL') {
                accepted.set(name, (accepted.get(name) ?? 0) - 1);
              }
              throw error;
            });
            if (response.attempts !== attempts[index]) faults.push('attempts');
            const [head] = [`${response.status}`];
            try {
              if (reads === 'text') return `${head} ${await response.text()}`;
              if (reads === 'discard') await response.discard();
              else for await (const piece of response.body) if (piece.length !== 4) faults.push('piece');
              return `${head} body`;
            } catch (error) {
              return error instanceof Error ? `${head} ${error.message}` : 'odd';
            }
          };
          clock.schedule(start, () => {
            ask().then(
              (what) => ends[index]?.push({ what, at: clock.elapsed() }),
              (error: unknown) => {
                const code =
                  error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error);
                ends[index]?.push({ what: code, at: clock.elapsed() });
              },
            );
          });
        }
        const closing: Promise<void>[] = [];
        if (closeAt !== undefined) clock.schedule(closeAt, () => closing.push(pool.close()));
        for (let step = 0; step < 60; step++) {
          await clock.advance(20);
          look();
        }
        closing.push(pool.close());
        await clock.advance(1);
        await Promise.all(closing);
        await expect(pool.request({ url: 'http://o0/0' })).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });

        expect(faults).toEqual([]);
        let refused = 0;
        for (const [index, { start, method, leavesAfter = Infinity, timeout, fates }] of callers.entries()) {
          const [end, ...more] = ends[index] ?? [];
          expect(more).toEqual([]);
          const { what, at } = end ?? { what: 'nothing', at: NaN };
          const tries = attempts[index] ?? 0;
          expect(tries).toBeLessThanOrEqual(method === 'GET' ? ATTEMPTS : method === 'POST' ? 1 : 0);
          if (what.startsWith('QUEUE_FULL') || what.startsWith('TOOLKIT_CLOSED')) {
            expect([tries, at]).toEqual([0, start]);
            refused++;
          } else if (what.includes('did not answer within')) expect(at).toBe(start + timeout);
          else if (what.includes('left')) expect(at).toBe(start + leavesAfter);
          else if (method === 'nonsense') expect(what).toContain('no HTTP method');
          else {
            // What came of it is what came of its last attempt, and whoever could still be let go was not.
            const last = fates[tries - 1]?.what;
            expect(what).toMatch(
              last === 'lost' ? /other side closed/ : last === 'broken' ? /^200 broke off/ : `${last} body`,
            );
            expect(at).toBeLessThanOrEqual(start + leavesAfter);
          }
        }
        const told = ['ok', 'client_error', 'server_error', 'failed', 'aborted'].map(
          (outcome) => counts.get(outcome) ?? 0,
        );
        expect(told.reduce((sum, each) => sum + each, 0)).toBe(callers.length - refused);
        for (const origin of [...opened.values()].flat()) {
          expect([origin.running, origin.queued, origin.isClosed]).toEqual([0, 0, true]);
        }
        expect(clock.pending).toBe(0);
      },
    ),
    { seed: 9, numRuns: 30 },
  );
});
