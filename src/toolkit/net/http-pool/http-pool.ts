import { rootCertificates } from 'node:tls';
import { SpanKind, context, propagation } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { Pool } from 'undici';
import { backoffDelay } from '../../../base/backoff';
import { systemClock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { systemRandom } from '../../../base/ids';
import { ClosedError, HttpRequestError, QueueFullError } from '../../errors';
import { recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { Origin } from './origin';
import { PooledResponse } from './response';
import { ACCEPT_ENCODING } from './response-body';
import type { Clock, Millis } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';
import type { Answer, Exchange } from './exchange';
import type { HttpPoolOptions, HttpRequest, HttpResponse, OriginConnections } from './types';

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Answers that speak of the moment. */
const TRANSIENT = new Set([408, 425, 429, 502, 503, 504]);
const MAX_DELAY: Millis = 30_000;
/** Of an answer that is not used so much is read to keep its connection; of a longer one the connection is given up. */
const DROP_AT_MOST = 128 * 1024;

/** Keep-alive connections per origin, bounded, with timeouts, retries within a budget, and trace context on every request. */
export class HttpPool implements AsyncDisposable {
  private readonly origins = new Map<string, Origin>();
  private readonly clock: Clock;
  private readonly telemetry: Telemetry;
  private closed = false;

  constructor(private readonly options: HttpPoolOptions) {
    this.clock = options.clock ?? systemClock;
    this.telemetry = options.telemetry ?? toolkitTelemetry;
  }

  /**
   * Sends a request; resolves with the headers of the last answer, whatever its status.
   * @throws HttpRequestError, QueueFullError, ClosedError, or the signal's reason
   */
  async request(request: HttpRequest): Promise<HttpResponse> {
    if (this.closed) throw new ClosedError(`HTTP pool "${this.options.name}" is closed`);
    const { signal, timeout } = request;
    signal?.throwIfAborted();
    const url = new URL(request.url);
    const origin = this.originOf(url.origin);
    const { maxPending = 1_000, name } = this.options;
    if (origin.pending >= maxPending) {
      origin.instruments.timedOut();
      throw new QueueFullError(`HTTP pool "${name}": ${maxPending} requests to ${url.origin} are pending`);
    }
    const call = new Call(request, url, origin);
    const onAbort = (): void => call.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const limit = (): void =>
      call.abort(new HttpRequestError(`${url.origin} did not answer within ${timeout ?? 0} ms`));
    const timer = timeout === undefined ? undefined : this.clock.schedule(timeout, limit);
    origin.begin();
    try {
      return await this.traced(call);
    } finally {
      // The signal goes on to count for the body; the timeout ends with the headers.
      timer?.cancel();
      call.whenClosed(() => {
        origin.end();
        signal?.removeEventListener('abort', onAbort);
      });
    }
  }

  /** Waits for running requests, their pauses between attempts included, then closes all connections. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.origins.values()].map((origin) => origin.close()));
    this.origins.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async traced(call: Call): Promise<HttpResponse> {
    const { url, method, origin } = call;
    const attributes = {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      'url.full': `${url.origin}${url.pathname}`,
    };
    try {
      return await withToolkitSpan(method, { attributes, kind: SpanKind.CLIENT }, async (span) => {
        const response = await this.attempt(call);
        const { status, attempts } = response;
        span.setAttribute('http.response.status_code', status);
        if (attempts > 1) span.setAttribute('http.request.resend_count', attempts - 1);
        origin.count(status >= 500 ? 'server_error' : status >= 400 ? 'client_error' : 'ok');
        return response;
      });
    } catch (error) {
      origin.count(call.aborted === undefined ? 'failed' : 'aborted');
      throw error;
    }
  }

  private async attempt(call: Call): Promise<HttpResponse> {
    const { attempts = 3 } = this.options;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.send(call);
      const mayRepeat = attempt < attempts && call.isRepeatable && call.aborted === undefined;
      if ('error' in outcome) {
        if (!mayRepeat || !call.origin.budget.spend()) throw outcome.error;
        await this.pause(call, attempt, NaN);
      } else {
        if (!mayRepeat || !TRANSIENT.has(outcome.status) || !call.origin.budget.spend()) {
          return new PooledResponse(outcome, attempt);
        }
        await outcome.body.drop(DROP_AT_MOST).catch((error: unknown) => {
          if (call.aborted !== undefined) throw error;
        });
        await this.pause(call, attempt, Number(outcome.headers['retry-after']) * 1000);
      }
    }
  }

  /** @param asked by the server; NaN when it did not */
  private pause(call: Call, attempt: number, asked: Millis): Promise<void> {
    const { retryDelay = 100, random = systemRandom } = this.options;
    const backoff = backoffDelay(attempt, { initial: retryDelay, max: MAX_DELAY }, random);
    const delay = Number.isFinite(asked) ? Math.min(MAX_DELAY, Math.max(asked, backoff)) : backoff;
    recordDecision('http.retry', {
      'http.request.resend_count': attempt,
      'telltale.retry.delay_seconds': delay / 1000,
    });
    call.origin.count('retried');
    return this.clock.sleep(delay, call.signal);
  }

  private async send(call: Call): Promise<Answer | { readonly error: unknown }> {
    const { url, method, origin } = call;
    const { headers, body } = call.request;
    // Given up in the instant before.
    if (call.isOver()) return { error: call.aborted?.reason };
    try {
      const sent: Record<string, string> = { 'accept-encoding': ACCEPT_ENCODING };
      if (headers !== undefined)
        for (const name of Object.keys(headers)) sent[name.toLowerCase()] = headers[name] ?? '';
      propagation.inject(context.active(), sent);
      const options = {
        path: url.pathname + url.search,
        method: toMethod(method),
        headers: sent,
        body: body === undefined ? null : typeof body === 'string' ? body : Buffer.from(body),
      };
      const asked = this.clock.elapsed();
      let isSent = false;
      const onSent = (): void => {
        if (!isSent) origin.instruments.acquired(this.clock.elapsed() - asked);
        isSent = true;
      };
      // Our own span and header stand for the request: an instrumentation of undici must not add a second one.
      const exchange = context.with(suppressTracing(context.active()), () => origin.dispatch(options, onSent));
      call.exchange = exchange;
      return await exchange.answered;
    } catch (error) {
      if (call.isOver()) return { error: call.aborted?.reason };
      const failed = new HttpRequestError(`${method} ${url.origin}${url.pathname} failed: ${messageOf(error)}`, {
        cause: error,
      });
      return { error: failed };
    }
  }

  private originOf(name: string): Origin {
    const known = this.origins.get(name);
    if (known !== undefined) {
      this.origins.delete(name);
      this.origins.set(name, known);
      return known;
    }
    const { connections = 16, maxOrigins = 64, retryBudget = 0.1 } = this.options;
    const opened = this.options.open?.(name, connections) ?? this.open(name, connections);
    const origin = new Origin(this.options.name, name, opened, connections, retryBudget, this.telemetry);
    this.origins.set(name, origin);
    for (const [other, unused] of this.origins) {
      if (this.origins.size <= maxOrigins) break;
      if (unused.pending > 0 || other === name) continue;
      this.origins.delete(other);
      void unused.close().catch(() => undefined);
    }
    return origin;
  }

  private open(origin: string, connections: number): OriginConnections {
    const {
      keepAlive = 10_000,
      connectTimeout = 5_000,
      headersTimeout = 30_000,
      bodyTimeout = 60_000,
      ca,
    } = this.options;
    return new Pool(origin, {
      connections,
      keepAliveTimeout: keepAlive,
      headersTimeout,
      bodyTimeout,
      connect: { timeout: connectTimeout, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
      allowH2: this.options.http2 ?? true,
    });
  }
}

/** One caller's request, over all its attempts. */
class Call {
  readonly method: string;
  readonly isRepeatable: boolean;
  aborted: { readonly reason: unknown } | undefined;
  /** The attempt that is under way, or was last. */
  exchange: Exchange | undefined;
  private controller: AbortController | undefined;

  constructor(
    readonly request: HttpRequest,
    readonly url: URL,
    readonly origin: Origin,
  ) {
    this.method = request.method ?? 'GET';
    this.isRepeatable = request.isRepeatable ?? REPEATABLE.has(this.method);
  }

  /** For what waits between attempts. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.aborted !== undefined) this.controller.abort(this.aborted.reason);
    return this.controller.signal;
  }

  isOver(): boolean {
    return this.aborted !== undefined;
  }

  abort(reason: unknown): void {
    this.aborted ??= { reason };
    this.controller?.abort(reason);
    this.exchange?.abort(reason);
  }

  whenClosed(then: () => void): void {
    const { exchange } = this;
    if (exchange === undefined || exchange.hasClosed) then();
    else exchange.onClosed = then;
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;

function toMethod(name: string): (typeof METHODS)[number] {
  const method = METHODS.find((known) => known === name.toUpperCase());
  if (method === undefined) throw new HttpRequestError(`"${name}" is no HTTP method`);
  return method;
}
