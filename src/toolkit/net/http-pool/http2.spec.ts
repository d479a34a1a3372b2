import { createSecureServer } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { noTelemetry } from '../../../base/telemetry';
import { HttpPool } from './http-pool';
import { ownCertificate } from './testing/own-certificate';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';

const { key, certificate } = ownCertificate('localhost');
let server: Http2SecureServer;
let url: string;
let sessions = 0;
let handle: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
let seen: Http2ServerRequest[] = [];

beforeAll(async () => {
  server = createSecureServer({ key, cert: certificate, allowHTTP1: true }, (request, response) => {
    seen.push(request);
    handle(request, response);
  });
  server.on('secureConnection', () => sessions++);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  url = `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
beforeEach(() => {
  seen = [];
  sessions = 0;
});

async function withPool(http2: boolean, work: (pool: HttpPool) => Promise<void>): Promise<void> {
  const pool = new HttpPool({
    name: 'h2',
    connections: 1,
    retryDelay: 1,
    ca: certificate,
    http2,
    telemetry: noTelemetry,
  });
  try {
    await work(pool);
  } finally {
    await pool.close();
  }
}

test.each([
  [true, '2.0'],
  [false, '1.1'],
])('with http2: %p all requests go over one connection by HTTP %s', (http2, version) =>
  withPool(http2, async (pool) => {
    const text = 'x'.repeat(200_000);
    handle = (request, response) => void response.end(`${request.url} ${text}`);
    const paths = Array.from({ length: 8 }, (_, index) => `/${index}`);
    // The first one opens the connection.
    expect(await (await pool.request({ url: `${url}/first` })).text()).toBe(`/first ${text}`);
    const answers = await Promise.all(paths.map(async (path) => (await pool.request({ url: `${url}${path}` })).text()));
    expect(answers).toEqual(paths.map((path) => `${path} ${text}`));
    expect([new Set(seen.map(({ httpVersion }) => httpVersion)), sessions]).toEqual([new Set([version]), 1]);
  }),
);

test('over HTTP/2 too who leaves is let go, and others on the connection are not', () =>
  withPool(true, async (pool) => {
    handle = (request, response) => {
      response.write('begun');
      if (request.url === '/stays') response.end(' and done');
    };
    const abort = new AbortController();
    const left = await pool.request({ url: `${url}/leaves`, signal: abort.signal });
    const reading = expect(left.text()).rejects.toThrow('left');
    abort.abort(new Error('left'));
    await reading;
    expect(await (await pool.request({ url: `${url}/stays` })).text()).toBe('begun and done');
  }));

test('over HTTP/2 too a busy server is asked again, a POST is not, and what is compressed is read', () =>
  withPool(true, async (pool) => {
    let failing = 1;
    handle = (request, response) => {
      if (failing > 0) {
        failing--;
        response.writeHead(503).end('busy');
      } else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(request.url)));
    };
    const answer = await pool.request({ url: `${url}/again` });
    expect([answer.status, answer.attempts, await answer.json()]).toEqual([200, 2, '/again']);
    failing = 1;
    const refused = await pool.request({ url: `${url}/once`, method: 'POST', body: 'x' });
    expect([refused.status, refused.attempts, await refused.text()]).toEqual([503, 1, 'busy']);
  }));

test('a certificate that nobody vouches for is refused', async () => {
  const pool = new HttpPool({ name: 'h2', attempts: 1, telemetry: noTelemetry });
  await expect(pool.request({ url })).rejects.toMatchObject({ code: 'HTTP_REQUEST_FAILED' });
  await pool.close();
});
