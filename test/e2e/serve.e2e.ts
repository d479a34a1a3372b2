import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const folder = temporaryFolder();
let stack: ServedStack;

beforeAll(async () => (stack = await serve(folder)), 60_000);
afterAll(async () => {
  await stack.end('SIGKILL');
});

const TRACE_ID = '5b8efff798038103d269b633813fc60c';
const trace = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] },
      scopeSpans: [
        {
          scope: { name: 'test' },
          spans: [
            {
              traceId: TRACE_ID,
              spanId: 'eee19b7ec3c1b174',
              name: 'POST /v1/chat',
              kind: 2,
              startTimeUnixNano: `${Date.now()}000000`,
              endTimeUnixNano: `${Date.now() + 25}000000`,
              attributes: [{ key: 'http.response.status_code', value: { intValue: '200' } }],
            },
          ],
        },
      ],
    },
  ],
};

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer> | Buffer<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(stack.url + path, { method: 'POST', body, headers });
}

test('a span sent as OTLP/JSON can be read when it was acknowledged', async () => {
  const response = await post('/v1/traces', JSON.stringify(trace), { 'content-type': 'application/json' });
  expect([response.status, await response.json()]).toEqual([200, {}]);
  const found = (await (await fetch(`${stack.url}/api/traces/${TRACE_ID}`)).json()) as {
    data: { spans: { operationName: string }[] }[];
  };
  expect(found.data[0]?.spans.map((span) => span.operationName)).toEqual(['POST /v1/chat']);
});

test('a metric sent as OTLP/JSON answers a query', async () => {
  const point = {
    asDouble: 42,
    timeUnixNano: `${Date.now()}000000`,
    attributes: [{ key: 'pool', value: { stringValue: 'main' } }],
  };
  const metrics = {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] },
        scopeMetrics: [{ scope: {}, metrics: [{ name: 'pool.waiters', unit: '1', gauge: { dataPoints: [point] } }] }],
      },
    ],
  };
  const response = await post('/v1/metrics', gzipSync(JSON.stringify(metrics)), {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  });
  expect(response.status).toBe(200);
  const answer = (await (await fetch(`${stack.url}/api/v1/query?query=pool_waiters_ratio`)).json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  expect(answer.data.result.map(({ metric, value }) => [metric['job'], metric['pool'], value[1]])).toEqual([
    ['checkout', 'main', '42'],
  ]);
});

test.each([
  [
    'truncated protobuf',
    () => post('/v1/traces', new Uint8Array([0x0a, 0xff, 0x01, 0x12]), { 'content-type': 'application/x-protobuf' }),
    400,
  ],
  ['a wrong content type', () => post('/v1/traces', '<traces/>', { 'content-type': 'text/xml' }), 415],
  [
    'broken gzip',
    () =>
      post('/v1/traces', new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3]), {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      }),
    400,
  ],
  [
    'JSON that is none',
    () => post('/v1/metrics', '{"resourceMetrics": [', { 'content-type': 'application/json' }),
    400,
  ],
])('%s is refused with a clear message, and the process lives', async (_name, send, status) => {
  const response = await send();
  expect(response.status).toBe(status);
  expect((await response.text()).length).toBeGreaterThan(20);
  expect((await fetch(`${stack.url}/healthz`)).status).toBe(200);
});

test('a body of 100 MB is refused with 413', async () => {
  const status = await new Promise<number>((resolve, reject) => {
    const socket = connect(stack.port, '127.0.0.1');
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const code = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
      if (code !== undefined) resolve(Number(code));
    });
    // The connection may go before all is sent; what counts is whether an answer came.
    socket.on('error', () => undefined);
    socket.on('close', () => reject(new Error(`closed without an answer: ${head}`)));
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n',
    );
    socket.write(Buffer.alloc(104_857_600, 0x20));
  });
  expect(status).toBe(413);
  expect((await fetch(`${stack.url}/healthz`)).status).toBe(200);
});

test('rules, alerts, own metrics and the UI are served', async () => {
  const paths = [
    '/api/v1/rules',
    '/api/v1/alerts',
    '/metrics',
    '/',
    '/api/v2/status',
    '/api/services',
    '/api/stack/dashboards',
  ];
  const statuses = await Promise.all(paths.map(async (path) => `${path} ${(await fetch(stack.url + path)).status}`));
  expect(statuses).toEqual(paths.map((path) => `${path} 200`));
});

test('SIGTERM ends it cleanly, and what was acknowledged is there after a restart', async () => {
  expect(await stack.end('SIGTERM')).toBe(0);
  stack = await serve(folder);
  const found = (await (await fetch(`${stack.url}/api/traces/${TRACE_ID}`)).json()) as { data: unknown[] };
  expect(found.data).toHaveLength(1);
});

test('SIGHUP takes up changed rules and alerting; a faulty file changes nothing and is told', async () => {
  const own = join(folder, 'hangup');
  mkdirSync(own);
  const [config, rules] = [join(own, 'telltale.yaml'), join(own, 'a.yml')];
  const write = (alert: string, receiver: string): void => {
    writeFileSync(rules, `groups: [{name: g, rules: [{alert: ${alert}, expr: vector(1)}]}]`);
    writeFileSync(
      config,
      `rules: {files: [a.yml]}\nalerting: {route: {receiver: ${receiver}}, receivers: [{name: ${receiver}}]}\n`,
    );
  };
  write('Before', 'first');
  const served = await serve(own, ['--config', config]);
  const seen = async (): Promise<string> => {
    const [groups, receivers] = await Promise.all(
      ['/api/v1/rules', '/api/v2/receivers'].map(async (path) => (await fetch(served.url + path)).text()),
    );
    return `${/"name":"(Before|After)"/.exec(groups ?? '')?.[1]} ${receivers}`;
  };
  expect(await seen()).toBe('Before [{"name":"first"}]');

  write('After', 'second');
  served.process.kill('SIGHUP');
  await until(async () => (await seen()) === 'After [{"name":"second"}]');

  writeFileSync(config, 'alerting: {route: {receiver: nobody}}\n');
  served.process.kill('SIGHUP');
  await until(() => Promise.resolve(served.log().includes('failed to reload the configuration')));
  expect(await seen()).toBe('After [{"name":"second"}]');
  await served.end();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error('it did not come to that within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
