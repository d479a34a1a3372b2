import { createServer } from 'node:http';
import { noTelemetry } from '../../../../base/telemetry';
import { TieredCache } from '../tiered-cache';
import { HttpTier } from './http-tier';
import { globMatcher } from './tier';
import type { IncomingMessage, Server } from 'node:http';

interface Stored {
  readonly bytes: Buffer;
  readonly tags: readonly string[];
  readonly control: string;
}

/** A small HTTP cache that understands what the tier sends, as Varnish with surrogate keys does. */
const stored = new Map<string, Stored>();
const asked: string[] = [];
let server: Server;
let baseUrl: string;
let isBroken = false;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace(/^\/cache\//, ''));
    asked.push(`${request.method} ${path} ${request.headers.authorization}`);
    if (isBroken) {
      response.writeHead(500).end();
      return;
    }
    void answer(request, path).then(
      (found) => (found === undefined ? response.writeHead(404).end() : response.end(found)),
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/cache/`;
});
afterAll(() => void server.close());
beforeEach(() => {
  stored.clear();
  asked.splice(0);
  isBroken = false;
});

async function answer(request: IncomingMessage, path: string): Promise<Buffer | undefined> {
  if (request.method === 'GET') return stored.get(path)?.bytes;
  if (request.method === 'PUT') {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    const tags = String(request.headers['surrogate-key'] ?? '')
      .split(' ')
      .map(decodeURIComponent);
    stored.set(path, { bytes: Buffer.concat(parts), tags, control: request.headers['cache-control'] ?? '' });
    return Buffer.alloc(0);
  }
  const tag = request.headers['surrogate-key'];
  const pattern = request.headers['x-purge-pattern'];
  for (const [key, { tags }] of stored) {
    const byTag = tag !== undefined && tags.includes(decodeURIComponent(String(tag)));
    if (key === path || byTag || (pattern !== undefined && globMatcher(String(pattern))(key))) stored.delete(key);
  }
  return Buffer.alloc(0);
}

function open(): TieredCache<unknown> {
  const tier = new HttpTier({ baseUrl, headers: { authorization: 'Bearer t' } });
  // A slow machine is no failing tier.
  const tierTimeout = 30_000;
  return new TieredCache({ name: 'edge', ttl: 60_000, jitter: 0, tierTimeout, tiers: [tier], telemetry: noTelemetry });
}

test('what one instance stores another reads, with its lifetime and its odd key', async () => {
  const [one, other] = [open(), open()];
  await one.set('a/b?c d', { at: new Date(5), list: [1n] }, { tags: ['t 1'] });
  expect(await other.lookup('a/b?c d')).toMatchObject({ tier: 'http', value: { at: new Date(5), list: [1n] } });
  expect(stored.get('a/b?c d')).toMatchObject({ tags: ['t 1'], control: 'max-age=60' });
  expect(await other.lookup('none')).toBeUndefined();
  expect(asked.every((line) => line.endsWith('Bearer t'))).toBe(true);
  await Promise.all([one.close(), other.close()]);
});

test('keys, tags and patterns are purged', async () => {
  const cache = open();
  for (const key of ['k', 'file:1', 'file:2', 'tagged'])
    await cache.set(key, key, key === 'tagged' ? { tags: ['t 1'] } : {});
  await cache.delete('k');
  await cache.invalidateTag('t 1');
  await cache.invalidatePattern('file:*');
  expect([...stored.keys()]).toEqual([]);
  expect(asked.filter((line) => line.startsWith('PURGE'))).toHaveLength(3);
  await cache.close();
});

test('a server that answers with errors costs hits, not calls', async () => {
  const cache = open();
  isBroken = true;
  expect(await cache.getOrLoad('x', async () => 'loaded')).toBe('loaded');
  await cache.delete('x');
  expect(await cache.lookup('x')).toBeUndefined();
  await cache.close();
});
