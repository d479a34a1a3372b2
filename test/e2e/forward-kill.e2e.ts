import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { seededRandom } from '../../src/base/ids';
import { decodeLogs, decodeMetrics, decodeTraces } from '../../src/otlp';
import type { Signal } from '../../src/otlp';
import { freePort, serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

/** Whether the receiver is there, life by life of the stack; each but the last ends by a kill. */
const LIVES = [
  { upstream: false },
  { upstream: true },
  { upstream: false },
  { upstream: false },
  { upstream: true },
  { upstream: true },
] as const;
const KILLS = LIVES.length - 1;
const SIGNALS = ['traces', 'logs', 'metrics'] as const;
const random = seededRandom(77);
const folder = temporaryFolder();
let running: ServedStack | undefined;

afterAll(() => running?.end('SIGKILL'));

/** An OTLP receiver that comes and goes, on one port, and notes the numbers of what it took, by signal. */
class Upstream {
  readonly taken: Record<Signal, number[]> = { traces: [], logs: [], metrics: [] };
  private server: Server | undefined;

  constructor(readonly port: number) {}

  async set(isUp: boolean): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    if (!isUp) return;
    const next = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const signal = SIGNALS.find((each) => request.url === `/v1/${each}`);
        if (signal !== undefined) this.taken[signal].push(...numbersIn(signal, gunzipSync(Buffer.concat(pieces))));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    this.server = next;
    await new Promise<void>((resolve) => next.listen(this.port, '127.0.0.1', resolve));
  }
}

/** The numbers that a forwarded request carries. */
function numbersIn(signal: Signal, body: Uint8Array): number[] {
  if (signal === 'traces')
    return decodeTraces(body)
      .spans()
      .map(({ name }) => Number(name));
  if (signal === 'logs')
    return decodeLogs(body)
      .records()
      .map((record) => Number(record.body));
  return decodeMetrics(body).flatMap(({ scopes }) =>
    scopes.flatMap(({ metrics }) => metrics.map(({ name }) => Number(name.replace('n', '')))),
  );
}

function requestOf(signal: Signal, n: number): object {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'forwarded' } }] };
  const timeUnixNano = `${BigInt(Date.now()) * 1_000_000n}`;
  if (signal === 'logs')
    return {
      resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ timeUnixNano, body: { stringValue: String(n) } }] }] }],
    };
  if (signal === 'metrics') {
    const metric = { name: `n${n}`, gauge: { dataPoints: [{ timeUnixNano, asDouble: n }] } };
    return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }] };
  }
  const id = (n + 1).toString(16);
  const times = { startTimeUnixNano: timeUnixNano, endTimeUnixNano: timeUnixNano };
  const span = { traceId: id.padStart(32, '0'), spanId: id.padStart(16, '0'), name: String(n), ...times };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
}

/** Sends one request after the other until the stack dies or `enough` says so; the numbers of those acknowledged. */
async function send(stack: ServedStack, signal: Signal, first: number, onAnswer: () => boolean): Promise<number[]> {
  const acknowledged: number[] = [];
  for (let n = first; ; n++) {
    try {
      const response = await fetch(`${stack.url}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(requestOf(signal, n)),
      });
      await response.text();
      if (response.status !== 200) return acknowledged;
    } catch {
      return acknowledged;
    }
    acknowledged.push(n);
    if (!onAnswer()) return acknowledged;
  }
}

test('killed while its receiver comes and goes, the stack forwards all it acknowledged, in order, once but for what a kill cut short', async () => {
  const upstream = new Upstream(await freePort());
  writeFileSync(
    join(folder, 'telltale.yaml'),
    `otlp:\n  forward:\n    - endpoint: http://127.0.0.1:${upstream.port}\n`,
  );
  const acknowledged: Record<Signal, number[]> = { traces: [], logs: [], metrics: [] };
  for (const [life, { upstream: isUp }] of LIVES.entries()) {
    await upstream.set(isUp);
    const stack = await serve(folder);
    running = stack;
    const isLast = life === LIVES.length - 1;
    // A kill comes in the midst of the answers, never before the first.
    let left = 15 + Math.floor(random() * 60);
    const onAnswer = (): boolean => {
      left--;
      if (left === 0 && !isLast) void stack.end('SIGKILL');
      return left > 0 || !isLast;
    };
    const sent = await Promise.all(SIGNALS.map((signal) => send(stack, signal, life * 10_000, onAnswer)));
    for (const [index, signal] of SIGNALS.entries()) acknowledged[signal].push(...(sent[index] ?? []));
    if (!isLast) {
      await stack.end('SIGKILL');
      continue;
    }
    const missing = (): string[] =>
      SIGNALS.flatMap((signal) => {
        const there = new Set(upstream.taken[signal]);
        return acknowledged[signal].filter((n) => !there.has(n)).map((n) => `${signal} ${n}`);
      });
    const limit = Date.now() + 120_000;
    while (missing().length > 0 && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(missing()).toEqual([]);
    expect(await stack.end()).toBe(0);
  }
  await upstream.set(false);
  for (const signal of SIGNALS) {
    const taken = upstream.taken[signal];
    expect(acknowledged[signal].length).toBeGreaterThan(LIVES.length);
    // In order: a step back, to what may be sent twice, takes a kill.
    const stepsBack = taken.filter((n, index) => n <= (taken[index - 1] ?? -1));
    expect(stepsBack.length).toBeLessThanOrEqual(KILLS);
    const firsts = [...new Set(taken)];
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  }
}, 600_000);
