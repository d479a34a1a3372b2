import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { gunzipSync } from 'node:zlib';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request that an exporter made. */
export interface Taken {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Unpacked. */
  readonly body: string;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A span as OTLP's JSON has it. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly { readonly attributes: readonly Attribute[] }[];
  readonly links: readonly { readonly attributes: readonly Attribute[] }[];
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

interface SentTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

/** Attributes of OTLP's JSON as a plain object. */
export function toObject(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** An OTLP/HTTP receiver that keeps what it is sent. */
export class OtlpInbox {
  taken: Taken[] = [];
  /** Holds answers back. */
  silent = false;
  private server: Server | undefined;
  url = '';

  async start(secure?: ServerOptions): Promise<void> {
    this.server = secure === undefined ? createServer(this.take) : createTlsServer(secure, this.take);
    const { server } = this;
    await new Promise<void>((resolve) => server.listen(0, secure === undefined ? '127.0.0.1' : 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    this.url = secure === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  clear(): void {
    this.taken = [];
    this.silent = false;
  }

  /** The paths that were asked for, without repetition, sorted. */
  paths(): string[] {
    return [...new Set(this.taken.map(({ path }) => path))].sort();
  }

  body(path: string): string {
    return this.taken
      .filter((one) => one.path === path)
      .map(({ body }) => body)
      .join('\n');
  }

  spans(): SentSpan[] {
    return this.traces().flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => [...scope.spans]));
  }

  /** The first span; fails when there is none. */
  span(): SentSpan {
    const [found] = this.spans();
    if (found === undefined) throw new Error('no span arrived');
    return found;
  }

  resource(): Record<string, unknown> {
    return toObject(this.traces()[0]?.resource.attributes);
  }

  private traces(): SentTraces['resourceSpans'] {
    const bodies = this.taken.filter(({ path }) => path.endsWith('traces') || path === '/intake');
    return bodies.flatMap(({ body }) => (JSON.parse(body) as SentTraces).resourceSpans);
  }

  private readonly take: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const raw = Buffer.concat(pieces);
      const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
      this.taken.push({ path: request.url ?? '', headers: request.headers, body });
      if (!this.silent) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  };
}
