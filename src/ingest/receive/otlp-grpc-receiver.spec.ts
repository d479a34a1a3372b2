import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { systemClock } from '../../base/clock';
import { OverloadedError } from '../../base/errors';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { decodeResponse, decodeTraces, encodeTraces } from '../../otlp';
import type { PartialSuccess } from '../../otlp';
import { sampleSpans } from '../../otlp/testing/sample-spans';
import { ingestConfig } from '../ingest.config';
import { InFlight } from './in-flight';
import { OtlpGrpcReceiver } from './otlp-grpc-receiver';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const body = Buffer.from(encodeTraces(sampleSpans(16)));

let receiver: OtlpGrpcReceiver;
let client: Client;
let seen: string[];
let behaviour: () => Promise<PartialSuccess>;

const start = async (settings: object = {}): Promise<void> => {
  seen = [];
  behaviour = () => Promise.resolve({ rejected: 0, message: '' });
  const take = async (signal: string, bytes: Uint8Array): Promise<PartialSuccess> => {
    seen.push(`${signal} ${decodeTraces(bytes).length}`);
    return behaviour();
  };
  receiver = new OtlpGrpcReceiver({
    pipeline: {
      traces: (bytes) => take('traces', bytes),
      logs: (bytes) => take('logs', bytes),
      metrics: (bytes) => take('metrics', bytes),
    },
    inFlight: new InFlight(50_000_000),
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: ingestConfig.parse({ grpcPort: 0, maxBodyBytes: 1_000_000, ...settings }),
  });
  await receiver.start('127.0.0.1');
  client = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure());
};

afterEach(async () => {
  client.close();
  await receiver.stop();
});

const call = (path: string, message: Buffer, metadata = new Metadata()): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const same = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest(path, same, same, message, metadata, (error, value) => {
      if (error) reject(error);
      else resolve(value ?? Buffer.alloc(0));
    });
  });

const failure = (path: string, message: Buffer, metadata?: Metadata): Promise<ServiceError> =>
  call(path, message, metadata).then(
    () => {
      throw new Error('it was accepted');
    },
    (error: ServiceError) => error,
  );

test('takes requests of each signal and says what was not taken', async () => {
  await start();
  expect(decodeResponse(await call(TRACES, body))).toEqual({ rejected: 0, message: '' });
  await call(LOGS, body);
  behaviour = () => Promise.resolve({ rejected: 2, message: 'bad ids' });
  expect(decodeResponse(await call(TRACES, body))).toEqual({ rejected: 2, message: 'bad ids' });
  expect(seen).toEqual(['traces 16', 'logs 16', 'traces 16']);
});

test('compressed messages', async () => {
  await start();
  client.close();
  client = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure(), {
    'grpc.default_compression_algorithm': 2,
  });
  await call(TRACES, body);
  expect(seen).toEqual(['traces 16']);
});

test('refuses with a code that says whether to try again', async () => {
  await start();
  expect((await failure(TRACES, body.subarray(0, -3))).code).toBe(status.INVALID_ARGUMENT);
  expect((await failure(TRACES, Buffer.alloc(2_000_000))).code).toBe(status.RESOURCE_EXHAUSTED);
  expect((await failure('/opentelemetry.proto.collector.trace.v1.TraceService/Other', body)).code).toBe(
    status.UNIMPLEMENTED,
  );
  behaviour = () => Promise.reject(new OverloadedError('full', 2000));
  const overloaded = await failure(TRACES, body);
  expect(overloaded.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(overloaded.metadata.get('grpc-status-details-bin').toString()).toContain('google.rpc.RetryInfo');
  behaviour = () => Promise.reject(new Error('secret text'));
  const broken = await failure(TRACES, body);
  expect([broken.code, broken.details]).toEqual([status.INTERNAL, 'internal fault: INTERNAL']);
});

test('credentials', async () => {
  await start({ auth: { bearer: ['t0ken'] } });
  expect((await failure(TRACES, body)).code).toBe(status.UNAUTHENTICATED);
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer t0ken');
  await call(TRACES, body, metadata);
});
