/** @jest-environment ./test/harness/native-environment.mjs */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OtlpInbox } from '../harness/otlp-inbox';
import { TelemetryBench } from '../harness/telemetry-bench';

/** The variables of the OpenTelemetry specification about what leaves the process, and how. */

const bench = new TelemetryBench();
const { inbox } = bench;
const { api, exporters, nest, telltale } = bench.library;

type Row = readonly [name: string, value: string, check: (name: string, value: string) => Promise<void>];

const rows: readonly Row[] = [
  [
    'OTEL_SDK_DISABLED',
    'TRUE',
    async (name, value) => {
      await bench.send({ [name]: value });
      expect(inbox.taken).toEqual([]);
    },
  ],
  [
    'OTEL_SERVICE_NAME',
    'chat',
    async (name, value) => {
      await bench.send({ [name]: value, OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' });
      expect(inbox.resource()['service.name']).toBe('chat');
    },
  ],
  [
    'OTEL_RESOURCE_ATTRIBUTES',
    'deployment.environment.name=test,service.version=1%2E2',
    async (name, value) => {
      await bench.send({ [name]: value });
      expect(inbox.resource()).toMatchObject({ 'deployment.environment.name': 'test', 'service.version': '1.2' });
    },
  ],
  [
    'OTEL_NODE_RESOURCE_DETECTORS',
    'env',
    async (name, value) => {
      await bench.send({ [name]: value });
      expect(inbox.resource()).not.toHaveProperty(['process.pid']);
      await bench.running?.shutdown();
      inbox.clear();
      delete bench.library.env[name];
      await bench.send({});
      expect(inbox.resource()).toHaveProperty(['process.pid']);
      expect(inbox.resource()).toHaveProperty(['host.name']);
    },
  ],
  [
    'OTEL_LOG_LEVEL',
    'error',
    async (name, value) => {
      const said: string[] = [];
      const spy = jest
        .spyOn(bench.library.stderr, 'write')
        .mockImplementation((text) => said.push(String(text).trim()) > 0);
      bench.start({ [name]: value });
      api.diag.warn('a warning');
      api.diag.error('an error');
      spy.mockRestore();
      expect(said).toEqual(['an error']);
      await Promise.resolve();
    },
  ],
  ...['none', 'otlp', '', 'zipkin,otlp'].map((value): Row => [
    'OTEL_TRACES_EXPORTER',
    value,
    async (name) => {
      await bench.send({ [name]: value });
      expect(inbox.spans()).toHaveLength(value === 'none' ? 0 : 1);
    },
  ]),
  ...(
    [
      ['', 'x-ratio=1'],
      ['TRACES_', 'x-ratio=2'],
    ] as const
  ).flatMap(([signal, headers]): Row[] => [
    [
      `OTEL_EXPORTER_OTLP_${signal}ENDPOINT`,
      '/intake',
      async (name, value) => {
        await bench.send({ [name]: `${inbox.url}${value}` });
        // The general one is a base, that of a signal the whole address.
        expect(inbox.paths()).toEqual([signal === '' ? '/intake/v1/traces' : '/intake']);
      },
    ],
    [
      `OTEL_EXPORTER_OTLP_${signal}HEADERS`,
      `${headers},authorization=Bearer%20key`,
      async (name, value) => {
        await bench.send({ [name]: value });
        expect(inbox.taken[0]?.headers).toMatchObject({ 'x-ratio': headers.at(-1), authorization: 'Bearer key' });
      },
    ],
    [
      `OTEL_EXPORTER_OTLP_${signal}COMPRESSION`,
      'gzip',
      async (name, value) => {
        await bench.send({ [name]: value });
        expect(inbox.taken[0]?.headers['content-encoding']).toBe('gzip');
        expect(inbox.span().name).toBe('one');
      },
    ],
    [
      `OTEL_EXPORTER_OTLP_${signal}PROTOCOL`,
      'http/protobuf',
      async (name, value) => {
        await bench.send({ [name]: value });
        expect(inbox.taken[0]?.headers['content-type']).toBe('application/x-protobuf');
      },
    ],
    [
      `OTEL_EXPORTER_OTLP_${signal}TIMEOUT`,
      '50',
      async (name, value) => {
        inbox.silent = true;
        await bench.send({ [name]: value });
        expect(await bench.metric(/export_spans_total\{outcome="failed"} (\d+)/)).toBe('1');
      },
    ],
  ]),
  ...(['grpc', 'http/json', 'http/protobuf', '', 'smoke'] as const).map((value): Row => [
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    value,
    async (name) => {
      const [exporter] = exporters.exportersOf({ [name]: value }, undefined);
      const kind = value === 'grpc' ? 'grpc' : value === 'http/json' ? 'http' : 'proto';
      const wanted: unknown = Reflect.get(
        bench.library.resolve(`@opentelemetry/exporter-trace-otlp-${kind}`),
        'OTLPTraceExporter',
      );
      expect(exporter?.constructor).toBe(wanted);
      await exporter?.shutdown();
    },
  ]),
  ...(
    [
      ['tracecontext,baggage', ['traceparent']],
      ['b3', ['b3']],
      ['b3multi,tracecontext', ['traceparent', 'x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid']],
      ['none', []],
    ] as const
  ).map(([value, keys]): Row => [
    'OTEL_PROPAGATORS',
    value,
    async (name) => {
      let carried: Record<string, string> = {};
      await bench.send({ [name]: value }, () => (carried = telltale.captureContext()));
      expect(Object.keys(carried).sort()).toEqual(keys);
    },
  ]),
  [
    'OTEL_BSP_MAX_QUEUE_SIZE',
    '7',
    async (name, value) => {
      bench.start({ [name]: value });
      expect(await bench.metric(/queue_limit_spans (\d+)/)).toBe('7');
      for (let at = 0; at < 20; at++) telltale.withSpan('one', () => undefined);
      expect(await bench.metric(/export_spans_total\{outcome="dropped"} (\d+)/)).toBe('6');
    },
  ],
  ...(['0', '-5', 'many', '1.5'] as const).map((value): Row => [
    'OTEL_BSP_MAX_QUEUE_SIZE',
    value,
    async (name) => {
      bench.start({ [name]: value });
      expect(await bench.metric(/queue_limit_spans (\d+)/)).toBe('16384');
    },
  ]),
  [
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    '2',
    async (name, value) => {
      const telemetry = bench.start({ [name]: value });
      for (let at = 0; at < 5; at++) telltale.withSpan('one', () => undefined);
      await telemetry.flush();
      expect(inbox.taken.map(({ body }) => body.split('"spanId"').length - 1)).toEqual([2, 2, 1]);
    },
  ],
  [
    'OTEL_BSP_SCHEDULE_DELAY',
    '0',
    async (name, value) => {
      bench.start({ [name]: value });
      telltale.withSpan('one', () => undefined);
      // Nobody flushes.
      await bench.arrival();
      expect(inbox.span().name).toBe('one');
    },
  ],
  [
    'OTEL_BSP_EXPORT_TIMEOUT',
    '40',
    async (name, value) => {
      inbox.silent = true;
      await bench.send({ [name]: value });
      expect(await bench.metric(/export_spans_total\{outcome="failed"} (\d+)/)).toBe('1');
    },
  ],
];

beforeAll(() => inbox.start());
afterAll(() => inbox.stop());
beforeEach(() => bench.open());
afterEach(() => bench.close());

test.each(rows)('%s=%s', async (name, value, check) => check(name, value));

test('what is given in code wins', async () => {
  bench.start();
  await bench.running?.shutdown();
  Object.assign(bench.library.env, { OTEL_SERVICE_NAME: 'environment', OTEL_BSP_MAX_QUEUE_SIZE: '5' });
  bench.running = nest.startTelemetry({
    libraries: false,
    serviceName: 'code',
    endpoint: `${inbox.url}/own/`,
    resourceAttributes: { 'service.version': '3' },
    batch: { queueSize: 9 },
  });
  telltale.withSpan('one', () => undefined);
  await bench.running.flush();
  expect(inbox.paths()).toEqual(['/own/v1/traces']);
  expect(inbox.resource()).toMatchObject({ 'service.name': 'code', 'service.version': '3' });
  expect(await bench.metric(/queue_limit_spans (\d+)/)).toBe('9');
});

describe('certificates', () => {
  let folder = '';
  const secure = new OtlpInbox();
  const made = ((): boolean => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    try {
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  })();
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  afterAll(() => rmSync(folder, { recursive: true }));

  // Without openssl there is nobody to make a certificate.
  (made ? test : test.skip)('of the server and the client', async () => {
    const own = { key: readFileSync(key), cert: readFileSync(cert) };
    await secure.start({ ...own, ca: own.cert, requestCert: true, rejectUnauthorized: true });
    await bench.send({
      OTEL_EXPORTER_OTLP_ENDPOINT: secure.url,
      OTEL_EXPORTER_OTLP_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
    });
    expect(secure.span().name).toBe('one');
    await bench.running?.shutdown();
    await secure.stop();
  });
});
