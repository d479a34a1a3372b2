import { noTelemetry } from '../../../base/telemetry';
import { RequestBatcher } from './request-batcher';
import { CONTENTIONS, contend } from './testing/contention';
import { playRandomSchedule } from './testing/random-schedule';
import type { BenchDefinition } from '../../../base/bench';

const SCHEDULES = { full: 1_000_000, short: 20_000 };

/** Loss and double answers, fairness against first-come order, and the cost of a request. */
export const bench: BenchDefinition = {
  name: 'request-batcher',
  run: async ({ out, full }) => {
    const figures: Record<string, number> = {};
    for (const [name, contention] of Object.entries(CONTENTIONS)) {
      const { jain, throughput, longest } = await contend(contention);
      const firstCome = await contend(contention, false);
      const ratio = throughput / firstCome.throughput;
      out(
        `${name.padEnd(24)} Jain ${jain.toFixed(5)}, first come ${firstCome.jain.toFixed(3)}; ` +
          `throughput against first come ${ratio.toFixed(4)}; longest wait ${(longest / 1000).toFixed(1)} s`,
      );
      figures[`jain ${name}`] = jain;
      figures[`throughput ${name}`] = ratio;
    }
    const schedules = full ? SCHEDULES.full : SCHEDULES.short;
    const { requests, faults, seconds } = await playAll(schedules);
    out(`${schedules} random schedules, ${requests} requests, ${faults} faults, ${seconds.toFixed(1)} s`);

    const perSecond = await throughput();
    out(`${Math.round(perSecond)} requests/s through an executor that does nothing`);
    return { ...figures, schedules, requests, faults, requestsPerSecond: perSecond };
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
