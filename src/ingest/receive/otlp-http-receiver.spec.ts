import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { OverloadedError } from '../../base/errors';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { systemClock } from '../../base/clock';
import { decodeResponse, decodeStatus, decodeTraces, encodeTraces, tracesToJson } from '../../otlp';
import { sampleSpans } from '../../otlp/testing/sample-spans';
import { StoreUnavailableError } from '../../storage';
import { ingestConfig } from '../ingest.config';
import type { IngestPipeline, OtlpFormat } from '../pipeline';
import { InFlight } from './in-flight';
import { OtlpHttpReceiver } from './otlp-http-receiver';

const spans = sampleSpans(16);
const protobuf = Buffer.from(encodeTraces(spans));
const json = Buffer.from(JSON.stringify(tracesToJson(spans)));
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

let receiver: OtlpHttpReceiver;
let seen: { format: OtlpFormat; body: Buffer }[];
let behaviour: () => Promise<{ rejected: number; message: string }>;

const start = async (settings: object = {}): Promise<void> => {
  seen = [];
  behaviour = () => Promise.resolve({ rejected: 0, message: '' });
  const take = (body: Uint8Array, format: OtlpFormat): Promise<{ rejected: number; message: string }> => {
    seen.push({ format, body: Buffer.from(body) });
    if (format === 'protobuf') decodeTraces(body);
    return behaviour();
  };
  const pipeline: Pick<IngestPipeline, 'traces' | 'metrics' | 'logs'> = {
    traces: async (body, format) => take(body, format),
    logs: async (body, format) => take(body, format),
    metrics: async (body, format) => take(body, format),
  };
  receiver = new OtlpHttpReceiver({
    pipeline,
    inFlight: new InFlight(50_000_000),
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: ingestConfig.parse({ httpPort: 0, maxBodyBytes: 1_000_000, ...settings }),
  });
  await receiver.start('127.0.0.1');
};

afterEach(() => receiver.stop());

const post = (
  body: Buffer,
  headers: NodeJS.Dict<string>,
  { path = '/v1/traces', method = 'POST' }: { path?: string; method?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = httpRequest({ port: receiver.port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });

describe('accepted', () => {
  beforeEach(() => start());

  test.each([
    ['protobuf', PROTOBUF, protobuf, undefined],
    ['JSON', JSON_TYPE, json, undefined],
    ['JSON with a charset', `${JSON_TYPE}; charset=utf-8`, json, undefined],
    ['gzip', PROTOBUF, gzipSync(protobuf), 'gzip'],
    ['deflate', PROTOBUF, deflateSync(protobuf), 'deflate'],
    ['bare deflate', PROTOBUF, deflateRawSync(protobuf), 'deflate'],
    ['identity', PROTOBUF, protobuf, 'identity'],
  ])('%s', async (_name, type, body, encoding) => {
    const answer = await post(body, { 'content-type': type, ...(encoding ? { 'content-encoding': encoding } : {}) });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(type.split(';')[0]);
    expect(seen[0]?.body.equals(type === PROTOBUF ? protobuf : json)).toBe(true);
    expect(answer.body.toString()).toBe(type === PROTOBUF ? '' : '{}');
  });

  test.each(['/v1/traces', '/v1/metrics', '/v1/logs', '/v1/traces/', '/v1/logs?x=1'])('at %s', async (path) => {
    expect((await post(protobuf, { 'content-type': PROTOBUF }, { path })).status).toBe(200);
  });

  test('in part: the answer says how much was not', async () => {
    behaviour = () => Promise.resolve({ rejected: 3, message: 'bad ids' });
    const asProtobuf = await post(protobuf, { 'content-type': PROTOBUF });
    expect(decodeResponse(asProtobuf.body)).toEqual({ rejected: 3, message: 'bad ids' });
    const asJson = await post(json, { 'content-type': JSON_TYPE });
    expect(JSON.parse(asJson.body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '3', errorMessage: 'bad ids' },
    });
  });
});

describe('refused', () => {
  beforeEach(() => start());

  test.each([
    {
      name: 'truncated protobuf',
      body: protobuf.subarray(0, -5),
      headers: { 'content-type': PROTOBUF },
      status: 400,
      says: 'not a valid OTLP request',
    },
    {
      name: 'wrong content type',
      body: json,
      headers: { 'content-type': 'text/plain' },
      status: 415,
      says: '"text/plain" is not OTLP',
    },
    { name: 'no content type', body: json, headers: {}, status: 415, says: 'no content type' },
    {
      name: 'broken gzip',
      body: protobuf,
      headers: { 'content-type': PROTOBUF, 'content-encoding': 'gzip' },
      status: 400,
      says: 'not valid gzip',
    },
    {
      name: 'unknown encoding',
      body: protobuf,
      headers: { 'content-type': PROTOBUF, 'content-encoding': 'br' },
      status: 415,
      says: '"br" is not understood',
    },
    {
      name: 'a zip bomb',
      body: gzipSync(Buffer.alloc(50_000_000)),
      headers: { 'content-type': PROTOBUF, 'content-encoding': 'gzip' },
      status: 413,
      says: 'decompressed',
    },
    {
      name: 'a large body',
      body: Buffer.alloc(3_000_000),
      headers: { 'content-type': PROTOBUF },
      status: 413,
      says: 'larger than 1000000 bytes',
    },
  ])('$name: $status', async ({ body, headers, status, says }) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    const text =
      answer.headers['content-type'] === PROTOBUF
        ? decodeStatus(answer.body).message
        : String(JSON.parse(answer.body.toString()).message);
    expect(text).toContain(says);
    expect((await post(protobuf, { 'content-type': PROTOBUF })).status).toBe(200);
  });

  test('a large body of unknown length ends as soon as the limit is passed', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(receiver.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write(
        `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const piece = Buffer.alloc(200_000);
      for (let i = 0; i < 8; i++)
        socket.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
      socket.write('0\r\n\r\n');
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/Connection: close/i);
  });

  test.each([
    { name: 'overloaded', thrown: new OverloadedError('full', 1500), status: 429, retryAfter: '2' },
    { name: 'store down', thrown: new StoreUnavailableError('disk full'), status: 503, retryAfter: '5' },
    { name: 'an unexpected fault', thrown: new Error('secret text'), status: 500, retryAfter: undefined },
  ])('$name: $status', async ({ thrown, status, retryAfter }) => {
    behaviour = () => Promise.reject(thrown);
    const answer = await post(json, { 'content-type': JSON_TYPE });
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.body.toString()).not.toContain('secret text');
  });

  test('other methods and paths', async () => {
    expect((await post(Buffer.alloc(0), {}, { method: 'GET' })).status).toBe(405);
    expect((await post(protobuf, { 'content-type': PROTOBUF }, { path: '/v2/traces' })).status).toBe(404);
  });
});

test('credentials', async () => {
  await start({ auth: { bearer: ['t0ken'], basic: [{ user: 'u', password: 'p' }] } });
  const status = async (authorization?: string): Promise<number> =>
    (await post(protobuf, { 'content-type': PROTOBUF, ...(authorization ? { authorization } : {}) })).status;
  expect(await status()).toBe(401);
  expect(await status('Bearer wrong')).toBe(401);
  expect(await status('Bearer t0ken')).toBe(200);
  expect(await status('bearer t0ken')).toBe(200);
  expect(await status(`Basic ${Buffer.from('u:p').toString('base64')}`)).toBe(200);
});

test('browsers of allowed origins only', async () => {
  await start({ corsOrigins: ['https://app.example'] });
  const preflight = await post(
    Buffer.alloc(0),
    { origin: 'https://app.example', 'access-control-request-headers': 'x-a' },
    { method: 'OPTIONS' },
  );
  expect(preflight.status).toBe(204);
  expect(preflight.headers['access-control-allow-headers']).toBe('x-a');
  const other = await post(protobuf, { 'content-type': PROTOBUF, origin: 'https://evil.example' });
  expect(other.headers['access-control-allow-origin']).toBeUndefined();
});
