import { seededRandom } from '../../../base/ids';
import { noTelemetry } from '../../../base/telemetry';
import { EventClock } from '../../shared/testing/event-clock';
import { RequestBatcher } from './request-batcher';
import { playRandomSchedule } from './testing/random-schedule';
import type { BenchDefinition } from '../../../base/bench';

const SCHEDULES = { full: 1_000_000, short: 20_000 };
const SERVED_MS = 60_000;

/** Loss and double answers, fairness against first-come order, and the cost of a request. */
export const bench: BenchDefinition = {
  name: 'request-batcher',
  run: async ({ out, full }) => {
    const fair = await contend(true);
    const firstCome = await contend(false);
    const jain = jainIndex([fair.heavy, fair.light]);
    const throughputRatio = (fair.heavy + fair.light) / (firstCome.heavy + firstCome.light);
    out(`fair:        heavy ${fair.heavy} tokens, light ${fair.light}; Jain ${jain.toFixed(5)}`);
    out(`first come:  heavy ${firstCome.heavy} tokens, light ${firstCome.light}`);
    out(`throughput against first come: ${throughputRatio.toFixed(4)}`);

    const schedules = full ? SCHEDULES.full : SCHEDULES.short;
    const { requests, faults, seconds } = await playAll(schedules);
    out(`${schedules} random schedules, ${requests} requests, ${faults} faults, ${seconds.toFixed(1)} s`);

    const perSecond = await throughput();
    out(`${Math.round(perSecond)} requests/s through an executor that does nothing`);
    return { jain, throughputRatio, schedules, requests, faults, requestsPerSecond: perSecond };
  },
};

async function playAll(schedules: number): Promise<{ requests: number; faults: number; seconds: number }> {
  // Most errors of a schedule are wanted ones; their stacks would be half of the time.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const began = performance.now();
  let faults = 0;
  let requests = 0;
  for (let seed = 1; seed <= schedules; seed++) {
    const report = await playRandomSchedule(seed);
    faults += report.faults;
    requests += report.submitted;
  }
  Error.stackTraceLimit = limit;
  return { requests, faults, seconds: (performance.now() - began) / 1000 };
}

/** Two clients with always more queued than can be served, one asking four times as much. */
async function contend(isFair: boolean): Promise<{ heavy: number; light: number }> {
  const random = seededRandom(5);
  const clock = new EventClock();
  const served = { heavy: 0, light: 0 };
  const batcher = new RequestBatcher<number, void>({
    name: 'contend',
    maxItems: 16,
    maxTokens: 4_096,
    concurrency: 2,
    window: 1,
    maxQueued: 1_000_000,
    tokensOf: (tokens) => tokens,
    // One client for all is first-come order.
    execute: async (items) => {
      const tokens = items.reduce((sum, item) => sum + item.tokens, 0);
      await clock.sleep(5 + tokens / 100);
      return items.map(() => ({ ok: true, value: undefined }));
    },
    clock,
    telemetry: noTelemetry,
  });
  const submit = (client: 'heavy' | 'light'): void => {
    const tokens = 20 + Math.floor(random() * 600);
    void batcher.submit(tokens, { client: isFair ? client : 'all' }).then(() => void (served[client] += tokens));
  };
  for (let at = 0; at < SERVED_MS; at += 10) {
    clock.schedule(at, () => {
      for (let count = 0; count < 16; count++) submit('heavy');
      for (let count = 0; count < 4; count++) submit('light');
    });
  }
  await clock.run(SERVED_MS);
  return { ...served };
}

function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
}

async function throughput(): Promise<number> {
  const batcher = new RequestBatcher<number, number>({
    name: 'throughput',
    execute: (items) => Promise.resolve(items.map(({ input }) => ({ ok: true, value: input }))),
    window: 0,
    maxQueued: 1_000_000,
    telemetry: noTelemetry,
  });
  const count = 200_000;
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, (_, input) => batcher.submit(input, { client: `c${input % 10}` })));
  return count / ((performance.now() - began) / 1000);
}
