import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { noTelemetry } from '../../../base/telemetry';
import { HttpPool } from './http-pool';
import { RetryBudget } from './retry-budget';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
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
