import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { messageOf } from '../../base/errors';
import type { Counter, Histogram } from '../../base/telemetry';
import { encodeResponse, WireWriter } from '../../otlp';
import type { PartialSuccess, Signal } from '../../otlp';
import { IngestRefusedError } from '../errors';
import { accessCheck } from './access';
import type { AccessCheck } from './access';
import { failureOf } from './answer';
import type { ReceiverOptions } from './otlp-http-receiver';
import { tlsOptions } from './tls';

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

type Call = ServerUnaryCall<Buffer, Buffer>;

/** OTLP over gRPC. Messages are taken as bytes; grpc-js decompresses them. */
export class OtlpGrpcReceiver {
  private server: Server | undefined;
  private boundPort = 0;
  private readonly mayPass: AccessCheck;

  constructor(private readonly options: ReceiverOptions) {
    this.mayPass = accessCheck(options.config.auth);
  }

  /** Listens on the port of the configuration. */
  async start(host: string): Promise<void> {
    const { config } = this.options;
    const server = new Server({
      'grpc.max_receive_message_length': config.maxBodyBytes,
      'grpc.max_send_message_length': 65_536,
    });
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const { seconds, failed } = this.cells(signal);
      server.addService(serviceOf(SERVICES[signal]), {
        export: (call: Call, callback: sendUnaryData<Buffer>) => {
          const began = this.options.clock.elapsed();
          this.take(signal, call).then(
            (outcome) => {
              callback(null, Buffer.from(encodeResponse(outcome)));
              seconds.observe((this.options.clock.elapsed() - began) / 1000);
            },
            (error: unknown) => {
              failed.add();
              this.fail(signal, error, callback);
            },
          );
        },
      });
    }
    this.boundPort = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${bracketed(config.host ?? host)}:${config.grpcPort}`, this.credentials(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
    this.server = server;
  }

  /** The port in use; 0 when not listening. */
  get port(): number {
    return this.server === undefined ? 0 : this.boundPort;
  }

  /** Takes no new requests, ends those under way; at the signal's abort breaks them off. */
  async stop(signal?: AbortSignal): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const force = (): void => server.forceShutdown();
    signal?.addEventListener('abort', force, { once: true });
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    signal?.removeEventListener('abort', force);
  }

  private async take(signal: Signal, call: Call): Promise<PartialSuccess> {
    const { inFlight, pipeline } = this.options;
    const [authorization] = call.metadata.get('authorization');
    if (!this.mayPass(typeof authorization === 'string' ? authorization : undefined)) {
      throw new IngestRefusedError(401, 'credentials are missing or wrong');
    }
    const body = call.request;
    const size = body.length;
    inFlight.take(size);
    try {
      if (signal === 'traces') return await pipeline.traces(body, 'protobuf', 'grpc');
      return await (signal === 'logs' ? pipeline.logs(body, 'protobuf', 'grpc') : pipeline.metrics(body, 'protobuf'));
    } finally {
      inFlight.give(size);
    }
  }

  private fail(signal: Signal, error: unknown, callback: sendUnaryData<Buffer>): void {
    const failure = failureOf(error);
    if (failure.ours) this.options.logger.error('telemetry refused', { signal, error: messageOf(error) });
    const metadata = new Metadata();
    if (failure.retryAfter !== undefined) {
      metadata.set('grpc-retry-pushback-ms', String(failure.retryAfter * 1000));
      metadata.set('grpc-status-details-bin', retryInfo(failure.rpcCode, failure.message, failure.retryAfter));
    }
    callback({
      code: failure.rpcCode in status ? failure.rpcCode : status.INTERNAL,
      details: failure.message,
      metadata,
    });
  }

  private cells(signal: Signal): { seconds: Histogram; failed: Counter } {
    const { telemetry } = this.options;
    return {
      seconds: telemetry.histogram(
        'telltale_ingest_request_seconds',
        'From the first byte of an OTLP request to its acknowledgement.',
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
        { signal, transport: 'grpc' },
      ),
      failed: telemetry.counter('telltale_ingest_failed_requests_total', 'OTLP requests not acknowledged.', {
        signal,
        transport: 'grpc',
        status: 'any',
      }),
    };
  }

  private credentials(): ServerCredentials {
    const { tls } = this.options.config;
    if (!tls) return ServerCredentials.createInsecure();
    const { cert, key, ca, requestCert } = tlsOptions(tls);
    return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], requestCert);
  }
}

/** A service with one method whose messages stay bytes. */
function serviceOf(path: string): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

/** A google.rpc.Status with a RetryInfo: what OTLP clients look for before they send again. */
function retryInfo(code: number, message: string, seconds: number): Buffer {
  const writer = new WireWriter(256);
  writer.int32(1, code);
  writer.string(2, message);
  const any = writer.begin(3);
  writer.string(1, 'type.googleapis.com/google.rpc.RetryInfo');
  const info = writer.begin(2);
  const delay = writer.begin(1);
  writer.int64(1, seconds);
  writer.end(delay);
  writer.end(info);
  writer.end(any);
  return Buffer.from(writer.finish());
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
