import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { noTelemetry } from '../../src/base/telemetry';
import { HttpPool } from '../../src/toolkit/net';
import type { Http2SecureServer } from 'node:http2';

jest.setTimeout(60_000);

let folder: string;
let server: Http2SecureServer | undefined;
let url: string;
let ca: string;
const seen: { version: string }[] = [];
let connections = 0;
let failing = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'telltale-h2-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
        .concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'])
        .concat(['-keyout', keyFile, '-out', certificateFile]),
      { stdio: 'ignore' },
    );
  } catch {
    console.log('skipped: openssl is not installed');
    return;
  }
  ca = readFileSync(certificateFile, 'utf8');
  server = createSecureServer({ key: readFileSync(keyFile), cert: ca, allowHTTP1: true }, (request, response) => {
    seen.push({ version: request.httpVersion });
    if (failing > 0) {
      failing--;
      response.writeHead(503).end('busy');
      return;
    }
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify({ path: request.url })));
  });
  const listening = server;
  listening.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  url = `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(async () => {
  const running = server;
  if (running !== undefined) await new Promise<void>((resolve) => running.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  seen.splice(0);
  connections = 0;
});

async function withPool(http2: boolean, work: (pool: HttpPool) => Promise<void>): Promise<void> {
  if (server === undefined) return;
  const pool = new HttpPool({ name: 'h2', connections: 1, retryDelay: 1, ca, http2, telemetry: noTelemetry });
  try {
    await work(pool);
  } finally {
    await pool.close();
  }
}

test.each([
  [true, '2.0'],
  [false, '1.1'],
])('with HTTP/2 %s a server that offers both is spoken to in %s, on one connection', (http2, version) =>
  withPool(http2, async (pool) => {
    const bodies = await Promise.all(
      [1, 2, 3, 4].map(async (index) => (await pool.request({ url: `${url}/${index}` })).json()),
    );
    expect(bodies).toEqual([1, 2, 3, 4].map((index) => ({ path: `/${index}` })));
    expect(new Set(seen.map((request) => request.version))).toEqual(new Set([version]));
    expect(connections).toBe(1);
  }),
);

test('over HTTP/2 too a busy server is asked again, and what is a POST is not', () =>
  withPool(true, async (pool) => {
    failing = 1;
    const answer = await pool.request({ url: `${url}/again` });
    expect([answer.status, answer.attempts, await answer.json()]).toEqual([200, 2, { path: '/again' }]);
    failing = 1;
    const refused = await pool.request({ url: `${url}/once`, method: 'POST', body: 'x' });
    expect([refused.status, await refused.text()]).toEqual([503, 'busy']);
  }));

test('a certificate that nobody vouches for is refused', async () => {
  if (server === undefined) return;
  const pool = new HttpPool({ name: 'h2', attempts: 1, telemetry: noTelemetry });
  await expect(pool.request({ url })).rejects.toMatchObject({ code: 'HTTP_REQUEST_FAILED' });
  await pool.close();
});
