import { createServer } from 'node:http';
import { Pool } from 'undici';
import { noTelemetry } from '../../../base/telemetry';
import { HttpPool } from './http-pool';
import type { BenchDefinition } from '../../../base/bench';

const REQUESTS = 2_000;
const CALLERS = 16;
const ROUNDS = 5;

/** Requests to a local server, sixteen at once, against undici's pool alone. */
export const bench: BenchDefinition = {
  name: 'http-pool',
  run: async ({ out }) => {
    const server = createServer((_request, response) => response.end('{"ok":true}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const ours = new HttpPool({ name: 'bench', connections: CALLERS, telemetry: noTelemetry });
    const bare = new Pool(origin, { connections: CALLERS });
    const [mine, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      mine.push(await time(async () => (await ours.request({ url: `${origin}/x` })).json()));
      theirs.push(await time(async () => (await bare.request({ path: '/x', method: 'GET' })).body.json()));
    }
    await Promise.all([ours.close(), bare.close()]);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const [own, other] = [median(mine), median(theirs)];
    out(
      `${(own * 1e3).toFixed(0)} µs per request, undici alone ${(other * 1e3).toFixed(0)} µs, ratio ${(own / other).toFixed(2)}`,
    );
    return { microsPerRequest: own * 1e3, microsUndici: other * 1e3, ratio: own / other };
  },
};

/** Milliseconds per request. */
async function time(request: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const caller = async (): Promise<void> => {
    for (let count = 0; count < REQUESTS / CALLERS; count++) await request();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (performance.now() - began) / REQUESTS;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
