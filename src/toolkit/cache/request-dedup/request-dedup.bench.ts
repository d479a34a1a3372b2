import { noTelemetry } from '../../../base/telemetry';
import { RequestDeduplicator } from './request-dedup';
import type { BenchDefinition } from '../../../base/bench';

const CALLERS = 10_000;
const CALLS = 100_000;

/** Calls of the work under a rush for one key, and what a call costs that shares nothing. */
export const bench: BenchDefinition = {
  name: 'request-dedup',
  run: async ({ out }) => {
    const dedup = new RequestDeduplicator<number>({ name: 'bench', telemetry: noTelemetry });
    let calls = 0;
    const work = async (): Promise<number> => ++calls;
    await Promise.all(Array.from({ length: CALLERS }, () => dedup.run('one', work)));
    const underRush = calls;
    out(`${CALLERS} callers at once: ${underRush} call`);
    const bare = await time(() => work());
    const shared = await time((index) => dedup.run(`k${index}`, work));
    out(`a call that shares nothing costs ${(shared * 1e3).toFixed(2)} µs, ${(bare * 1e3).toFixed(2)} µs without`);
    await dedup.close();
    return { callsUnderRush: underRush, microsPerCall: shared * 1e3, microsBare: bare * 1e3 };
  },
};

/** Milliseconds per call. */
async function time(call: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let index = 0; index < CALLS; index++) await call(index);
  return (performance.now() - began) / CALLS;
}
