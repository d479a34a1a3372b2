import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { noTelemetry } from '../../../base/telemetry';
import { ManualClock } from '../../../base/testing/manual-clock';
import { HttpPool } from './http-pool';
import { RetryBudget } from './retry-budget';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Telemetry } from '../../../base/telemetry';
import type { HttpPoolOptions } from './types';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let handle: Handler;
let seen: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/path?q=1`;
});
afterAll(() => void server.close());
beforeEach(() => (seen = []));

async function withPool<T>(options: Partial<HttpPoolOptions>, work: (pool: HttpPool) => Promise<T>): Promise<T> {
  const pool = new HttpPool({ name: 'test', retryDelay: 1, telemetry: noTelemetry, ...options });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

/** Counts by name, and by outcome where there is one. */
function countingTelemetry(): Telemetry & { readonly counts: Map<string, number> } {
  const counts = new Map<string, number>();
  return {
    ...noTelemetry,
    counts,
    counter: (name, _help, { outcome } = {}) => {
      const key = outcome === undefined ? name : `${name} ${outcome}`;
      return { add: () => void counts.set(key, (counts.get(key) ?? 0) + 1) };
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('bodies come decompressed, connections are kept', async () => {
  handle = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
  await withPool({ connections: 1 }, async (pool) => {
    for (let count = 0; count < 3; count++) expect(await (await pool.request({ url })).json()).toEqual({ a: 1 });
  });
  expect(seen[0]?.headers['accept-encoding']).toContain('gzip');
  expect(new Set(seen.map(({ socket }) => socket)).size).toBe(1);
});

test.each([
  ['a GET', {}, 3],
  ['a POST', { method: 'POST', body: 'x' }, 1],
  ['a POST that may be repeated', { method: 'POST', body: 'x', isRepeatable: true }, 3],
])('%s that meets 503', async (_name, request, attempts) => {
  handle = (_request, response) => response.writeHead(503).end('busy');
  const response = await withPool({}, async (pool) => {
    const answer = await pool.request({ url, ...request });
    expect(await answer.text()).toBe('busy');
    return answer;
  });
  expect([response.status, response.attempts, seen.length]).toEqual([503, attempts, attempts]);
});

test('a lost connection is tried again; no server at all is an error', async () => {
  handle = (request, response) => (seen.length === 1 ? request.socket.destroy() : response.end('ok'));
  expect(await withPool({}, async (pool) => (await pool.request({ url })).text())).toBe('ok');
  await expect(withPool({}, (pool) => pool.request({ url: 'http://127.0.0.1:9/' }))).rejects.toMatchObject({
    code: 'HTTP_REQUEST_FAILED',
  });
});

test('who leaves is let go; what takes too long is ended', async () => {
  handle = () => undefined;
  await withPool({}, async (pool) => {
    const abort = new AbortController();
    const leaving = pool.request({ url, signal: abort.signal });
    abort.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    await expect(pool.request({ url, timeout: 20 })).rejects.toThrow('did not answer within 20 ms');
  });
});

test('too many at once are refused, and room comes back', async () => {
  handle = (_request, response) => void response.end('ok');
  await withPool({ maxPending: 2 }, async (pool) => {
    const settled = await Promise.allSettled([1, 2, 3].map(async () => (await pool.request({ url })).text()));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await (await pool.request({ url })).text()).toBe('ok');
  });
});

test('never more connections to an origin than allowed; who waits for one is counted', async () => {
  const sockets = new Set<unknown>();
  let held: ServerResponse[] = [];
  let together = 2;
  let most = 0;
  handle = (request, response) => {
    sockets.add(request.socket);
    held.push(response);
    most = Math.max(most, held.length);
    if (held.length < together) return;
    for (const each of held) each.end('ok');
    held = [];
  };
  const telemetry = countingTelemetry();
  await withPool({ connections: 2, telemetry }, async (pool) => {
    const ask = async () => (await pool.request({ url })).text();
    await Promise.all(Array.from({ length: 12 }, ask));
    expect([sockets.size, most]).toEqual([2, 2]);
    expect(telemetry.counts.get('telltale_pool_exhausted_total')).toBe(10);
    expect(telemetry.counts.get('telltale_http_client_requests_total ok')).toBe(12);
    // One after the other there is always one free.
    together = 1;
    await ask();
    await ask();
    expect(telemetry.counts.get('telltale_pool_exhausted_total')).toBe(10);
  });
});

test('who waits for a connection and leaves is let go at once, and his place is given back in the end', async () => {
  let answer: (() => void) | undefined;
  handle = (_request, response) => void (answer = () => response.end('ok'));
  await withPool({ connections: 1, maxPending: 2 }, async (pool) => {
    const first = pool.request({ url });
    const abort = new AbortController();
    const waiting = pool.request({ url, signal: abort.signal });
    abort.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    // It stands in the queue still: a queue of those who left would have no bound.
    await expect(pool.request({ url })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await until(() => answer !== undefined);
    answer?.();
    expect(await (await first).text()).toBe('ok');
    const next = pool.request({ url });
    await until(() => seen.length === 2);
    answer?.();
    expect(await (await next).text()).toBe('ok');
  });
});

test('a body is given as a whole, piece by piece, or not at all; each leaves the connection good', async () => {
  const text = 'täxt '.repeat(60_000);
  handle = (_request, response) => void response.end(text);
  await withPool({ connections: 1 }, async (pool) => {
    const ask = () => pool.request({ url });
    expect(await (await ask()).text()).toBe(text);
    expect(Buffer.from(await (await ask()).bytes()).toString()).toBe(text);
    const pieces: Uint8Array[] = [];
    for await (const piece of (await ask()).body) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe(text);
    await (await ask()).discard();
    const twice = await ask();
    await twice.text();
    await twice.discard();
    await expect(twice.text()).rejects.toThrow('read already');
  });
  expect(new Set(seen.map(({ socket }) => socket)).size).toBe(1);
});

test('a reader who is slow holds the server back, and one who stops early gives the connection up', async () => {
  const piece = Buffer.alloc(64 * 1024);
  let written = 0;
  let isGone = false;
  handle = (_request, response) => {
    const write = (): void => {
      while (response.write(piece)) written += piece.length;
      written += piece.length;
    };
    response.on('drain', write).on('close', () => (isGone = true));
    write();
  };
  await withPool({ connections: 1 }, async (pool) => {
    const { body } = await pool.request({ url });
    for await (const _first of body) break;
    await until(() => isGone);
    // What the pool holds, and what the system's buffers of both sides do.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    handle = (_request, response) => void response.end('ok');
    expect(await (await pool.request({ url })).text()).toBe('ok');
  });
});

test('an answer that breaks off is an error for who reads it, also when he comes late', async () => {
  handle = (request, response) => {
    response.write('begun');
    setImmediate(() => request.socket.destroy());
  };
  await withPool({}, async (pool) => {
    const [read, late, streamed] = [
      await pool.request({ url }),
      await pool.request({ url }),
      await pool.request({ url }),
    ];
    await expect(read.text()).rejects.toThrow();
    await expect(
      (async () => {
        for await (const _piece of streamed.body);
      })(),
    ).rejects.toThrow();
    await expect(late.bytes()).rejects.toThrow();
  });
});

test('the signal counts for the body too, the timeout does not', async () => {
  let finish: (() => void) | undefined;
  handle = (_request, response) => {
    response.write('begun');
    finish = () => response.end(' and done');
  };
  const clock = new ManualClock();
  await withPool({ clock }, async (pool) => {
    const response = await pool.request({ url, timeout: 50 });
    await clock.advance(100);
    finish?.();
    expect(await response.text()).toBe('begun and done');
    const abort = new AbortController();
    const left = await pool.request({ url, signal: abort.signal });
    const reading = expect(left.text()).rejects.toThrow('left');
    abort.abort(new Error('left'));
    await reading;
  });
  expect(clock.pending).toBe(0);
});

test('the trace context travels with the request', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  handle = (_request, response) => void response.end('ok');
  const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  await withPool({}, (pool) =>
    context.with(trace.setSpanContext(context.active(), parent), async () => (await pool.request({ url })).discard()),
  );
  expect(seen[0]?.headers.traceparent).toContain(parent.traceId);
  context.disable();
  propagation.disable();
});

test('retries are a part of the requests', () => {
  const budget = new RetryBudget(0.1, 2);
  expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
  for (let count = 0; count < 10; count++) budget.earn();
  expect([budget.spend(), budget.spend()]).toEqual([true, false]);
});
