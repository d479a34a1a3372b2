import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpOptions } from '../config/http-options';
import { forbiddenReason } from './address-guard';
import { Credentials } from './credentials';
import type { HttpRequest } from './http';
import { UndiciTransport } from './undici-transport';

test.each([
  ['169.254.169.254', 'link-local'],
  ['169.254.0.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['::ffff:a9fe:a9fe', 'link-local'],
  ['100.100.100.200', 'a metadata service'],
  ['fd00:ec2::254', 'a metadata service'],
  ['metadata.google.internal', 'a metadata service'],
  ['Metadata.Google.Internal.', 'a metadata service'],
  ['127.0.0.1', undefined],
  ['10.1.2.3', undefined],
  ['::1', undefined],
  ['hooks.slack.com', undefined],
])('%s: %s', (host, reason) => {
  expect(forbiddenReason(host)).toBe(reason);
});

describe('over the network', () => {
  let server: Server;
  let url: string;
  const seen: { path: string; method: string; headers: IncomingMessage['headers'] }[] = [];
  /** What the server was asked to tunnel to; it declines. */
  const tunnels: string[] = [];
  const transport = new UndiciTransport(new Credentials('/'), ['169.254.169.254'], () => 0);
  const guarded = new UndiciTransport(new Credentials('/'), [], () => 0);

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ path: request.url ?? '', method: request.method ?? '', headers: request.headers });
      request.resume();
      if (request.url === '/moved') response.writeHead(302, { location: '/there' }).end();
      else if (request.url === '/away') response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end();
      else if (request.url === '/token') response.end(JSON.stringify({ access_token: 'fresh', expires_in: 300 }));
      else response.writeHead(200, { 'x-a': 'b' }).end('fine');
    });
    server.on('connect', ({ url: target }, socket) => {
      tunnels.push(target ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await transport.close();
    await guarded.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    seen.splice(0);
    tunnels.splice(0);
  });

  const request = (path: string, options?: unknown): HttpRequest => ({
    method: 'POST',
    url: url + path,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(5000),
    options: options === undefined ? undefined : httpOptions.parse(options),
  });

  test('a request and its answer', async () => {
    expect(await transport.send(request('/'))).toMatchObject({ status: 200, body: 'fine', headers: { 'x-a': 'b' } });
  });

  test.each([
    [{ authorization: { credentials: 'c' } }, 'Bearer c'],
    [{ authorization: { type: 'Token', credentials: 'c' } }, 'Token c'],
    [{ basic_auth: { username: 'u', password: 'p' } }, `Basic ${Buffer.from('u:p').toString('base64')}`],
    [{ bearer_token: 'b' }, 'Bearer b'],
  ])('%j', async (options, want) => {
    await transport.send(request('/', options));
    expect(seen[0]?.headers.authorization).toBe(want);
  });

  test('oauth2 fetches a token once, and headers are added', async () => {
    const options = httpOptions.parse({
      oauth2: { client_id: 'i', client_secret: 's', token_url: `${url}/token` },
      http_headers: { 'X-Extra': { values: ['1', '2'] } },
    });
    await transport.send({ ...request('/'), options });
    await transport.send({ ...request('/'), options });
    expect(seen.map(({ path }) => path)).toEqual(['/token', '/', '/']);
    expect(seen[1]?.headers).toMatchObject({ authorization: 'Bearer fresh', 'x-extra': '1, 2' });
  });

  test('a proxy is asked, but not for hosts that are reached without it', async () => {
    const through = { proxy_url: url, no_proxy: '127.0.0.1' };
    const aside = { proxy_url: url };
    await transport.send({ ...request('/'), options: httpOptions.parse(through) });
    expect(seen.map(({ method }) => method)).toEqual(['POST']);
    await expect(
      transport.send({ ...request('/'), url: 'http://hook.invalid/x', options: httpOptions.parse(aside) }),
    ).rejects.toThrow();
    expect(tunnels).toEqual(['hook.invalid:80']);
  });

  test('the environment names the proxy where it is asked for', async () => {
    const ambient = new UndiciTransport(new Credentials('/'), [], () => 0, { HTTP_PROXY: url, NO_PROXY: '127.0.0.1' });
    const options = httpOptions.parse({ proxy_from_environment: true });
    await ambient.send({ ...request('/'), options });
    expect(seen).toHaveLength(1);
    await expect(ambient.send({ ...request('/'), url: 'http://hook.invalid/x', options })).rejects.toThrow();
    expect(tunnels).toEqual(['hook.invalid:80']);
    await ambient.close();
  });

  test('redirects are followed where they may be', async () => {
    expect(await transport.send(request('/moved'))).toMatchObject({ status: 200 });
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /moved', 'GET /there']);
    expect(await transport.send(request('/moved', { follow_redirects: false }))).toMatchObject({ status: 302 });
  });

  test('nothing goes to a forbidden address, not by a redirect either', async () => {
    await expect(guarded.send({ ...request('/'), url: 'http://169.254.169.254/latest' })).rejects.toMatchObject({
      code: 'FORBIDDEN_ADDRESS',
    });
    await expect(guarded.send(request('/away'))).rejects.toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  });
});
