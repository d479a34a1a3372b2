import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { HttpPool } from './http-pool';
import type { BenchDefinition } from '../../../base/bench';

/** Requests of a round. */
const SIZES = { small: 1_600, large: 160 } as const;
const ROUNDS = 5;
/** Callers at once, on as many connections. */
const CALLERS = 16;
/** In a process of its own, so that only the client's time is counted. */
const SERVER = `
const bodies = { small: '{"ok":true}', large: JSON.stringify({ text: 'x'.repeat(200_000) }) };
const server = require('node:http').createServer((request, response) => response.end(bodies[request.url.slice(1)]));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('close', () => process.exit()).resume();
`;

type Ask = (path: string) => Promise<unknown>;

interface Measured {
  /** Microseconds per request. */
  readonly wall: number;
  readonly processor: number;
}

/** Requests to a local server, sixteen at once: ours with metrics, spans' headers and decoding on, against undici's pool and fetch alone. */
export const bench: BenchDefinition = {
  name: 'http-pool',
  run: async ({ out }) => {
    const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [port] = await once(server.stdout, 'data');
    const origin = `http://127.0.0.1:${String(port).trim()}`;
    const ours = new HttpPool({ name: 'bench', connections: CALLERS });
    const bare = new Pool(origin, { connections: CALLERS });
    const clients: Record<string, Ask> = {
      ours: async (path) => (await ours.request({ url: origin + path })).json(),
      undici: async (path) => (await bare.request({ path, method: 'GET' })).body.json(),
      fetch: async (path) => (await fetch(origin + path)).json(),
    };
    const figures: Record<string, number> = {};
    for (const [size, requests] of Object.entries(SIZES)) {
      const all = await compare(clients, `/${size}`, requests);
      const row = Object.entries(all).map(
        ([name, { processor, wall }]) => `${name} ${processor.toFixed(0)} (${wall.toFixed(0)} passed)`,
      );
      out(`${size} answers, µs of processor per request: ${row.join('; ')}`);
      for (const other of ['undici', 'fetch']) {
        figures[`${size}.over_${other}`] = (all.ours?.processor ?? NaN) / (all[other]?.processor ?? NaN);
        figures[`${size}.wallOver_${other}`] = (all.ours?.wall ?? NaN) / (all[other]?.wall ?? NaN);
      }
    }
    await Promise.all([ours.close(), bare.close()]);
    server.stdin.end();
    await once(server, 'exit');
    return figures;
  },
};

/** Medians of rounds in turns; the first round finds the code not compiled yet. */
async function compare(
  clients: Readonly<Record<string, Ask>>,
  path: string,
  requests: number,
): Promise<Record<string, Measured>> {
  const all: Record<string, Measured[]> = {};
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, ask] of Object.entries(clients)) {
      const took = await measure(() => ask(path), requests);
      if (round > 0) (all[name] ??= []).push(took);
    }
  }
  return Object.fromEntries(
    Object.entries(all).map(([name, rounds]) => [
      name,
      { wall: median(rounds.map(({ wall }) => wall)), processor: median(rounds.map(({ processor }) => processor)) },
    ]),
  );
}

async function measure(request: () => Promise<unknown>, requests: number): Promise<Measured> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  const caller = async (): Promise<void> => {
    for (let count = 0; count < requests / CALLERS; count++) await request();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const { user, system } = process.cpuUsage(used);
  return { wall: ((performance.now() - began) * 1_000) / requests, processor: (user + system) / requests };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
