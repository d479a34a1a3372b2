import { seededRandom } from '../../../../base/ids';
import { noTelemetry } from '../../../../base/telemetry';
import { EventClock } from '../../../shared/testing/event-clock';
import { RequestBatcher } from '../request-batcher';
import { OVERFLOW_POLICIES } from '../types';
import type { ItemResult } from '../types';

/** What became of the requests of one random schedule. */
export interface ScheduleReport {
  readonly submitted: number;
  readonly answered: number;
  /** Requests answered more than once, with another's answer, or never. */
  readonly faults: number;
}

/** Plays one random schedule: sizes, clients, priorities, aborts, item and batch failures, retries, full queues, closing. */
export async function playRandomSchedule(seed: number): Promise<ScheduleReport> {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const clock = new EventClock();
  const stored = new Map<number, number>();
  let emptied = 0;
  const batcher = new RequestBatcher<number, string>({
    name: 'schedule',
    maxItems: between(1, 6),
    maxTokens: random() < 0.5 ? between(5, 30) : Infinity,
    packing: random() < 0.5 ? 'sum' : 'padded',
    window: between(0, 5),
    adaptiveWindow: random() < 0.5,
    concurrency: between(1, 3),
    maxQueued: between(2, 8),
    overflow: OVERFLOW_POLICIES[between(0, 3)] ?? 'reject',
    attempts: between(1, 3),
    retryDelay: 3,
    ageingStep: between(1, 10),
    groupOf: (input) => String(input % 3),
    tokensOf: (input) => 1 + (input % 9),
    spill: {
      put: (ticket, input) => Promise.resolve(void stored.set(ticket, input)),
      take: (ticket) => Promise.resolve(stored.get(ticket) ?? -1),
      drop: (ticket) => Promise.resolve(void stored.delete(ticket)),
      close: () => Promise.resolve(),
    },
    execute: async (items) => {
      if (items.length === 0) emptied++;
      await clock.sleep(random() * 6);
      if (random() < 0.1) throw new Error('batch failed');
      const results = items.map(({ input }): ItemResult<string> =>
        random() < 0.15 ? { ok: false, error: new Error('item failed') } : { ok: true, value: `a${input}` },
      );
      return random() < 0.05
        ? results.slice(1).map((result, at) => (at < 0 ? result : { ok: false, error: 'cut' }))
        : results;
    },
    clock,
    random,
    telemetry: noTelemetry,
  });
  const count = between(3, 16);
  const answers = new Array<number>(count).fill(0);
  let wrong = 0;
  for (let input = 0; input < count; input++) {
    clock.schedule(random() * 15, () => {
      const abort = random() < 0.2 ? new AbortController() : undefined;
      if (abort !== undefined) clock.schedule(random() * 10, () => abort.abort(new Error('left')));
      const answered = (): void => void (answers[input] = (answers[input] ?? 0) + 1);
      const leaving = abort === undefined ? {} : { signal: abort.signal };
      batcher.submit(input, { client: `c${input % 4}`, priority: between(0, 2), ...leaving }).then(
        (value) => {
          answered();
          if (value !== `a${input}`) wrong++;
        },
        () => answered(),
      );
    });
  }
  const ending = random() < 0.3 ? random() * 20 : 1_000;
  let closed = false;
  clock.schedule(ending, () => void batcher.close().then(() => (closed = true)));
  await clock.run();
  const { open, queued, spilled } = batcher.stats;
  const answered = answers.filter((times) => times === 1).length;
  const faults = count - answered + wrong + emptied + open + queued + spilled + (closed ? 0 : 1);
  return { submitted: count, answered, faults };
}
