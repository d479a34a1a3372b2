import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Clock } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { Counter, Histogram, Telemetry } from '../../base/telemetry';
import { encodeResponse, encodeStatus, responseToJson, SIGNALS } from '../../otlp';
import type { PartialSuccess, Signal } from '../../otlp';
import { IngestRefusedError } from '../errors';
import type { IngestConfig } from '../ingest.config';
import type { IngestPipeline, OtlpFormat } from '../pipeline';
import { accessCheck } from './access';
import type { AccessCheck } from './access';
import { failureOf } from './answer';
import type { Failure } from './answer';
import { readBody } from './body';
import { CorsPolicy } from './cors';
import { decompress } from './decompress';
import type { InFlight } from './in-flight';
import { tlsOptions } from './tls';

/** What a receiver is made of. */
export interface ReceiverOptions {
  readonly pipeline: Pick<IngestPipeline, Signal>;
  /** Shared by all receivers: one bound for all of them. */
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly config: IngestConfig;
}

/** A body that was refused is still read, and thrown away, up to so much: else the client may never see the answer. */
const MAX_DRAIN = 256 * 1024 * 1024;

/** OTLP over HTTP: `POST /v1/traces`, `/v1/metrics`, `/v1/logs`, on a port of its own or as middleware of another server. */
export class OtlpHttpReceiver {
  private server: Server | undefined;
  private readonly mayPass: AccessCheck;
  private readonly cors: CorsPolicy;
  private readonly seconds: Readonly<Record<Signal, Histogram>>;
  private readonly failed: (signal: string, status: number) => Counter;

  constructor(private readonly options: ReceiverOptions) {
    const { config, telemetry } = options;
    this.mayPass = accessCheck(config.auth);
    this.cors = new CorsPolicy(config.corsOrigins);
    const seconds = (signal: Signal): Histogram =>
      telemetry.histogram(
        'telltale_ingest_request_seconds',
        'From the first byte of an OTLP request to its acknowledgement.',
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
        { signal, transport: 'http' },
      );
    this.seconds = { traces: seconds('traces'), metrics: seconds('metrics'), logs: seconds('logs') };
    this.failed = (signal, status) =>
      telemetry.counter('telltale_ingest_failed_requests_total', 'OTLP requests not acknowledged.', {
        signal,
        transport: 'http',
        status: String(status),
      });
  }

  /** Listens on the port of the configuration. */
  async start(host: string): Promise<void> {
    const { config } = this.options;
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
      if (!this.handle(request, response))
        this.refuse(
          request,
          response,
          undefined,
          new IngestRefusedError(
            404,
            `no such path; OTLP is taken at ${SIGNALS.map((signal) => `/v1/${signal}`).join(', ')}`,
          ),
        );
    };
    const server = config.tls ? createTlsServer(tlsOptions(config.tls), onRequest) : createServer(onRequest);
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.httpPort, config.host ?? host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  }

  /** The port in use; 0 when not listening. */
  get port(): number {
    const address = this.server?.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Takes no new requests, ends those under way. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.closeIdleConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Handles requests for OTLP's paths and passes others on. It must stand before anything that reads bodies. */
  middleware(): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
    return (request, response, next) => {
      if (!this.handle(request, response)) next();
    };
  }

  /** False, with nothing done, when the path is none of OTLP's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const signal = signalOf(request.url ?? '');
    if (signal === undefined) return false;
    this.cors.apply(request, response);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { Allow: 'POST, OPTIONS' }).end();
      return true;
    }
    void this.receive(signal, request, response);
    return true;
  }

  /** Never rejects. */
  private async receive(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock } = this.options;
    const began = clock.elapsed();
    let format: OtlpFormat | undefined;
    let held = 0;
    try {
      this.checkHead(request);
      format = formatOf(request.headers['content-type']);
      const hold = (bytes: number): void => {
        this.options.inFlight.take(bytes);
        held += bytes;
      };
      const outcome = await this.take(signal, request, format, hold);
      this.succeed(signal, response, format, outcome);
      this.seconds[signal].observe((clock.elapsed() - began) / 1000);
    } catch (error) {
      this.refuse(request, response, format, error, signal);
    } finally {
      this.options.inFlight.give(held);
    }
  }

  private checkHead(request: IncomingMessage): void {
    if (request.method !== 'POST') throw new IngestRefusedError(405, `use POST, not ${request.method}`);
    if (!this.mayPass(request.headers.authorization))
      throw new IngestRefusedError(401, 'credentials are missing or wrong');
  }

  private async take(
    signal: Signal,
    request: IncomingMessage,
    format: OtlpFormat,
    hold: (bytes: number) => void,
  ): Promise<PartialSuccess> {
    const { maxBodyBytes } = this.options.config;
    const { pipeline } = this.options;
    const received = await readBody(request, maxBodyBytes, hold);
    const body = await decompress(received, request.headers['content-encoding'] ?? '', maxBodyBytes);
    if (body !== received) hold(body.length);
    if (signal === 'traces') return pipeline.traces(body, format, 'http');
    return signal === 'logs' ? pipeline.logs(body, format, 'http') : pipeline.metrics(body, format);
  }

  private succeed(signal: Signal, response: ServerResponse, format: OtlpFormat, outcome: PartialSuccess): void {
    if (response.destroyed) return;
    if (format === 'json') send(response, 200, 'application/json', JSON.stringify(responseToJson(signal, outcome)));
    else send(response, 200, 'application/x-protobuf', encodeResponse(outcome));
  }

  private refuse(
    request: IncomingMessage,
    response: ServerResponse,
    format: OtlpFormat | undefined,
    error: unknown,
    signal: Signal | 'none' = 'none',
  ): void {
    const failure = failureOf(error);
    this.failed(signal, failure.status).add();
    if (failure.ours) {
      this.options.logger.error('telemetry refused', { signal, status: failure.status, error: messageOf(error) });
    }
    if (response.destroyed || response.headersSent) return;
    setFailureHeaders(response, failure);
    if (!request.complete) {
      // A client that writes its whole body before it reads would meet a closed connection instead of the answer: a body
      // of bearable length is read and thrown away, any other ends the connection.
      if (!(Number(request.headers['content-length']) <= MAX_DRAIN)) response.setHeader('Connection', 'close');
      drain(request);
    }
    if (format === 'protobuf')
      send(response, failure.status, 'application/x-protobuf', encodeStatus(failure.rpcCode, failure.message));
    else
      send(
        response,
        failure.status,
        'application/json',
        JSON.stringify({ code: failure.rpcCode, message: failure.message }),
      );
  }
}

/** The signal a path belongs to. */
function signalOf(url: string): Signal | undefined {
  const path = url.split('?', 1)[0] ?? '';
  return SIGNALS.find((signal) => path === `/v1/${signal}` || path === `/v1/${signal}/`);
}

function formatOf(contentType: string | undefined): OtlpFormat {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json') return 'json';
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  const shown = type === '' ? 'no content type' : `content type "${type.slice(0, 60)}"`;
  throw new IngestRefusedError(415, `${shown} is not OTLP; send application/x-protobuf or application/json`);
}

function setFailureHeaders(response: ServerResponse, { status, retryAfter }: Failure): void {
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer, Basic realm="telltale"');
  if (status === 405) response.setHeader('Allow', 'POST, OPTIONS');
}

function send(response: ServerResponse, status: number, contentType: string, body: Uint8Array | string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** Reads on and keeps nothing. */
function drain(request: IncomingMessage): void {
  let left = MAX_DRAIN;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.on('error', () => undefined);
  request.resume();
}
