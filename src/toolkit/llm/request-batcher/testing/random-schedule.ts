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
  /**
   * Requests answered more than once, with another's answer, or never; executed again after an answer or while being
   * executed, or more often than allowed; answers of the executor that did not reach who still waited for them; pieces lost.
   */
  readonly faults: number;
}

/**
 * Plays one random schedule: sizes, clients, weights, priorities, streams, aborts, item and batch failures, retries, full
 * queues, flushes, closing.
 */
export async function playRandomSchedule(seed: number): Promise<ScheduleReport> {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const clock = new EventClock();
  const stored = new Map<number, number>();
  const attempts = between(1, 3);
  const executing = new Set<number>();
  const succeeded = new Set<number>();
  const executions = new Map<number, number>();
  let wrong = 0;
  const batcher = new RequestBatcher<number, string, string>({
    name: 'schedule',
    maxItems: between(1, 6),
    maxTokens: random() < 0.5 ? between(5, 30) : Infinity,
    packing: random() < 0.5 ? 'sum' : 'padded',
    window: between(0, 5),
    adaptiveWindow: random() < 0.5,
    concurrency: between(1, 3),
    maxQueued: between(2, 8),
    overflow: OVERFLOW_POLICIES[between(0, 3)] ?? 'reject',
    attempts,
    weights: { c0: 1 + random() * 4 },
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
      if (items.length === 0) wrong++;
      for (const { input } of items) {
        const times = (executions.get(input) ?? 0) + 1;
        executions.set(input, times);
        if (executing.has(input) || succeeded.has(input) || times > attempts) wrong++;
        executing.add(input);
      }
      await clock.sleep(random() * 6);
      for (const item of items) {
        executing.delete(item.input);
        item.emit(`p${item.input}`);
        if (random() < 0.2) item.charge(between(-3, 20));
      }
      if (random() < 0.1) throw new Error('batch failed');
      const cut = random() < 0.05 ? between(0, items.length) : items.length;
      return items.slice(0, cut).map(({ input }): ItemResult<string> => {
        if (random() < 0.15) return { ok: false, error: new Error('item failed') };
        succeeded.add(input);
        return { ok: true, value: `a${input}` };
      });
    },
    clock,
    random,
    telemetry: noTelemetry,
  });
  const count = between(3, 16);
  const answers = new Array<number>(count).fill(0);
  for (let input = 0; input < count; input++) {
    clock.schedule(random() * 15, () => {
      const abort = random() < 0.2 ? new AbortController() : undefined;
      if (abort !== undefined) clock.schedule(random() * 10, () => abort.abort(new Error('left')));
      const leaving = abort === undefined ? {} : { signal: abort.signal };
      const options = { client: `c${input % 4}`, priority: between(0, 2), ...leaving };
      const answering = random() < 0.3 ? readAll(batcher.stream(input, options)) : batcher.submit(input, options);
      answering.then(
        (value) => {
          answers[input] = (answers[input] ?? 0) + 1;
          if (value !== `a${input}`) wrong++;
        },
        () => {
          answers[input] = (answers[input] ?? 0) + 1;
          // An answer that was there is lost only on those who left.
          if (succeeded.has(input) && abort?.signal.aborted !== true) wrong++;
        },
      );
    });
  }
  if (random() < 0.2) clock.schedule(random() * 15, () => void batcher.flush());
  const ending = random() < 0.3 ? random() * 20 : 1_000;
  let closed = false;
  clock.schedule(ending, () => void batcher.close().then(() => (closed = true)));
  await clock.run();
  const { open, queued, spilled } = batcher.stats;
  const answered = answers.filter((times) => times === 1).length;
  const faults = count - answered + wrong + open + queued + spilled + (closed ? 0 : 1);
  return { submitted: count, answered, faults };
}

/** The answer, when all of its pieces are its own. */
async function readAll(stream: AsyncGenerator<string, string, undefined>): Promise<string> {
  const pieces: string[] = [];
  for (;;) {
    const { done, value } = await stream.next();
    if (!done) pieces.push(value);
    else return pieces.length > 0 && pieces.every((piece) => piece === value.replace('a', 'p')) ? value : 'pieces lost';
  }
}
