import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '../../base/clock';
import { silentLogger } from '../../base/logger';
import type { Telemetry } from '../../base/telemetry';
import { noTelemetry } from '../../base/telemetry';
import type { Span } from '../../domain/span';
import { decodeMetrics, decodeTraces, encodeMetrics, encodeTraces, tracesToJson } from '../../otlp';
import { sampleSpans } from '../../otlp/testing/sample-spans';
import { ingestConfig } from '../ingest.config';
import { IngestPipeline } from '../pipeline';
import { RedactStage } from '../stages/redact/redact-stage';
import { forwardConfig } from './forward.config';
import { Forwarder } from './forwarder';

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

let server: Server;
let endpoint: string;
let received: Received[];
let answers: number[];
let counts: Record<string, number>;

/** Keeps counters only. */
const telemetry: Telemetry = {
  ...noTelemetry,
  counter: (name, _help, labels) => ({
    add: (by = 1) => {
      const key = `${name} ${String(labels?.['reason'] ?? '')}`.trim();
      counts[key] = (counts[key] ?? 0) + by;
    },
  }),
};

beforeEach(async () => {
  received = [];
  answers = [];
  counts = {};
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      if (status === 200) {
        const whole = Buffer.concat(chunks);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
        received.push({ path: request.url ?? '', headers: request.headers, body });
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const make = (settings: object = {}): Forwarder =>
  new Forwarder([forwardConfig.parse({ endpoint, ...settings })], {
    clock: systemClock,
    logger: silentLogger,
    telemetry,
  });
const spans = sampleSpans(24);
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await systemClock.sleep(10);
};
const byId = (of: readonly Span[]): Span[] => of.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
const spansIn = (): Span[] => received.flatMap(({ body }) => decodeTraces(Uint8Array.from(body)).spans());

test('requests arrive as they were, compressed, with the headers asked for; those that wait go together', async () => {
  const forwarder = make({ headers: { 'x-api-key': 'k1' } });
  const offers = [0, 8, 16].map((i) => forwarder.offer('traces', encodeTraces(spans.slice(i, i + 8))));
  await Promise.all(offers);
  await until(() => counts['telltale_forward_requests_total'] === 3);
  expect(byId(spansIn())).toEqual(byId(spans));
  expect(received.length).toBeLessThan(3);
  expect(received[0]).toMatchObject({ path: '/v1/traces', headers: { 'content-encoding': 'gzip', 'x-api-key': 'k1' } });
  expect(counts).toEqual({ telltale_forward_requests_total: 3 });
  await forwarder.stop();
});

test('a receiver that is busy or away is asked again, nothing is lost and nothing sent twice', async () => {
  answers = [503, 429];
  const forwarder = make({ compression: 'none' });
  await forwarder.offer('traces', encodeTraces(spans.slice(0, 8)));
  await forwarder.offer('logs', encodeTraces([]));
  await until(() => received.length === 2);
  expect(received.map(({ path }) => path)).toEqual(['/v1/traces', '/v1/logs']);
  expect(byId(spansIn())).toEqual(byId(spans.slice(0, 8)));
  await forwarder.stop();
});

test('what is refused is dropped and counted, and so is what a full queue has no room for', async () => {
  const one = encodeTraces(spans.slice(0, 8));
  answers = [400];
  const forwarder = make({ queueBytes: one.byteLength * 2 });
  await forwarder.offer('traces', one);
  await until(() => counts['telltale_forward_dropped_requests_total refused'] === 1);
  answers = [503];
  await forwarder.offer('traces', one);
  for (let i = 0; i < 5; i++) await forwarder.offer('traces', encodeTraces(spans.slice(0, 8)));
  expect(counts['telltale_forward_dropped_requests_total queue_full']).toBe(4);
  await until(() => counts['telltale_forward_requests_total'] === 2);
  await forwarder.stop();
});

test('a receiver that stays away: given up after a while, the rest is dropped at the end', async () => {
  const forwarder = make({ endpoint: 'http://127.0.0.1:1', giveUpAfter: '1ms' });
  await forwarder.offer('traces', encodeTraces(spans.slice(0, 8)));
  await until(() => counts['telltale_forward_dropped_requests_total gave_up'] === 1);
  const patient = make({ endpoint: 'http://127.0.0.1:1' });
  await patient.offer('traces', encodeTraces(spans));
  await Promise.all([forwarder.stop(), patient.stop()]);
  expect(counts['telltale_forward_dropped_requests_total stopped']).toBe(1);
});

test('on disk: what waits when the process ends is sent by the next, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-forward-'));
  const parts = { clock: systemClock, logger: silentLogger, telemetry, folder };
  // Never stopped: its process was killed.
  const killed = new Forwarder([forwardConfig.parse({ endpoint })], parts);
  await killed.start();
  answers = Array.from({ length: 100 }, () => 503);
  await killed.offer('traces', encodeTraces(spans.slice(0, 8)));
  await killed.offer('traces', encodeTraces(spans.slice(8, 16)));
  answers = [];
  server.closeAllConnections();
  const next = new Forwarder([forwardConfig.parse({ endpoint })], parts);
  await next.start();
  await until(() => spansIn().length >= 16);
  expect(new Set(spansIn().map(({ spanId }) => spanId))).toEqual(
    new Set(spans.slice(0, 16).map(({ spanId }) => spanId)),
  );
  await Promise.all([killed.stop(), next.stop()]);
  received = [];
  const last = new Forwarder([forwardConfig.parse({ endpoint })], parts);
  await last.start();
  await last.stop();
  expect(received).toEqual([]);
  expect(counts['telltale_forward_dropped_requests_total stopped']).toBeUndefined();
  rmSync(folder, { recursive: true, force: true });
});

test('a signal nobody wants is not forwarded', () => {
  const forwarder = make({ signals: ['logs'] });
  expect([forwarder.wants('logs'), forwarder.wants('traces')]).toEqual([true, false]);
});

test('from the pipeline: what is stored goes on, redacted, the rest byte for byte', async () => {
  const forwarder = make();
  const config = ingestConfig.parse({});
  const pipeline = new IngestPipeline({
    stages: [new RedactStage(config.redaction, noTelemetry)],
    spanStore: { write: () => Promise.resolve(), writeLogs: () => Promise.resolve() },
    seriesStore: {
      append: (samples) => Promise.resolve({ appended: samples.length, refused: {}, examples: {} }),
      describe: () => undefined,
    },
    converter: { convert: () => ({ samples: [], metadata: new Map(), rejected: { count: 0, message: '' } }) },
    forwarder,
    clock: systemClock,
    telemetry: noTelemetry,
    config,
  });
  const [first, ...rest] = spans;
  if (first === undefined) throw new Error('no span');
  const secret = { ...first, attributes: { ...first.attributes, 'gen_ai.prompt': 'the prompt' } };
  await pipeline.traces(Buffer.from(JSON.stringify(tracesToJson([secret, ...rest]))), 'json', 'http');
  const metrics = encodeMetrics(METRICS);
  await pipeline.metrics(metrics, 'protobuf');
  await until(() => spansIn().length >= 24 && received.some(({ path }) => path === '/v1/metrics'));
  const traces = received.filter(({ path }) => path === '/v1/traces');
  const arrived = traces.flatMap(({ body }) => decodeTraces(Uint8Array.from(body)).spans());
  expect(new Set(arrived.map(({ spanId }) => spanId))).toEqual(new Set(spans.map(({ spanId }) => spanId)));
  expect(JSON.stringify(arrived.map(({ attributes }) => attributes))).not.toContain('the prompt');
  expect(decodeMetrics(received.find(({ path }) => path === '/v1/metrics')?.body ?? new Uint8Array())).toEqual(METRICS);
  await forwarder.stop();
});

const HEAD = { attributes: { a: 'b' }, startUnixNano: 5n, timeUnixNano: 9n, flags: 0 };
const EXEMPLAR = {
  timeUnixNano: 7n,
  value: 1.5,
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  attributes: { x: 1 },
};
const SIZES = { count: 3, sum: 4.5, min: 1, max: 2 };
const METRICS = [
  {
    resource: { attributes: { 'service.name': 'web' }, schemaUrl: 'r' },
    scopes: [
      {
        scope: { name: 's', version: '1', attributes: { k: true }, schemaUrl: 'u' },
        metrics: [
          {
            name: 'g',
            description: 'd',
            unit: 's',
            data: { kind: 'gauge' as const, points: [{ ...HEAD, value: -2.5, exemplars: [EXEMPLAR] }] },
          },
          {
            name: 'c',
            description: '',
            unit: '',
            data: {
              kind: 'sum' as const,
              monotonic: true,
              temporality: 'delta' as const,
              points: [{ ...HEAD, value: 4, flags: 1, exemplars: [] }],
            },
          },
          {
            name: 'h',
            description: '',
            unit: '',
            data: {
              kind: 'histogram' as const,
              temporality: 'cumulative' as const,
              points: [{ ...HEAD, ...SIZES, bucketCounts: [1, 2], explicitBounds: [0.5], exemplars: [EXEMPLAR] }],
            },
          },
          {
            name: 'e',
            description: '',
            unit: '',
            data: {
              kind: 'exponentialHistogram' as const,
              temporality: 'cumulative' as const,
              points: [
                {
                  ...HEAD,
                  ...SIZES,
                  scale: -2,
                  zeroCount: 1,
                  zeroThreshold: 0.1,
                  positive: { offset: -3, bucketCounts: [1, 300] },
                  negative: { offset: 0, bucketCounts: [] },
                  exemplars: [],
                },
              ],
            },
          },
          {
            name: 'q',
            description: '',
            unit: '',
            data: {
              kind: 'summary' as const,
              points: [{ ...HEAD, count: 2, sum: 3, quantiles: [{ quantile: 0.5, value: 1 }] }],
            },
          },
          { name: 'n', description: '', unit: '', data: { kind: 'none' as const } },
        ],
      },
    ],
  },
];
