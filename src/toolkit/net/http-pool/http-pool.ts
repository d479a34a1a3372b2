import { rootCertificates } from 'node:tls';
import { SpanKind, context, propagation } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { Pool } from 'undici';
import { backoffDelay } from '../../../base/backoff';
import { systemClock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { systemRandom } from '../../../base/ids';
import { ClosedError, HttpRequestError, QueueFullError } from '../../errors';
import { monitorStats } from '../../shared/pool-telemetry';
import { recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { ACCEPT_ENCODING, collect, decodedBody } from './response-body';
import { RetryBudget } from './retry-budget';
import type { Clock, Millis } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';
import type { PoolInstruments } from '../../shared/pool-telemetry';
import type { HttpPoolOptions, HttpRequest, HttpResponse } from './types';

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Answers that speak of the moment. */
const TRANSIENT = new Set([408, 425, 429, 502, 503, 504]);
const MAX_DELAY: Millis = 30_000;

interface Origin {
  readonly pool: Pool;
  readonly budget: RetryBudget;
  readonly instruments: PoolInstruments;
  pending: number;
}

interface Answered {
  readonly response: HttpResponse;
  dump(): Promise<void>;
  whenClosed(then: () => void): void;
}

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
    origin.pending++;
    origin.budget.earn();
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const limit = (): void =>
      abort.abort(new HttpRequestError(`${url.origin} did not answer within ${timeout ?? 0} ms`));
    const timer = timeout === undefined ? undefined : this.clock.schedule(timeout, limit);
    // The signal goes on to count for the body; the timeout ends with the headers.
    const settle = (): void => {
      origin.pending--;
      signal?.removeEventListener('abort', onAbort);
    };
    try {
      return await this.traced(request, url, origin, abort.signal, settle);
    } catch (error) {
      settle();
      throw error;
    } finally {
      timer?.cancel();
    }
  }

  /** Waits for running requests, then closes all connections. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.origins.values()].map(({ pool }) => pool.close()));
    this.origins.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private traced(
    request: HttpRequest,
    url: URL,
    origin: Origin,
    signal: AbortSignal,
    settle: () => void,
  ): Promise<HttpResponse> {
    const method = request.method ?? 'GET';
    const attributes = {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      'url.full': `${url.origin}${url.pathname}`,
    };
    return withToolkitSpan(method, { attributes, kind: SpanKind.CLIENT }, async (span) => {
      const response = await this.attempt(request, url, origin, signal, settle);
      span.setAttribute('http.response.status_code', response.status);
      if (response.attempts > 1) span.setAttribute('http.request.resend_count', response.attempts - 1);
      this.count(url, response.status >= 500 ? 'server_error' : response.status >= 400 ? 'client_error' : 'ok');
      return response;
    }).catch((error: unknown) => {
      this.count(url, signal.aborted ? 'aborted' : 'failed');
      throw error;
    });
  }

  private async attempt(
    request: HttpRequest,
    url: URL,
    origin: Origin,
    signal: AbortSignal,
    settle: () => void,
  ): Promise<HttpResponse> {
    const { attempts = 3, retryDelay = 100, random = systemRandom } = this.options;
    const isRepeatable = request.isRepeatable ?? REPEATABLE.has(request.method ?? 'GET');
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.send(request, url, origin, signal, attempt);
      const isLast = attempt >= attempts || !isRepeatable || signal.aborted;
      if ('response' in outcome) {
        if (isLast || !TRANSIENT.has(outcome.response.status) || !origin.budget.spend()) {
          outcome.whenClosed(settle);
          return outcome.response;
        }
      } else if (isLast || !origin.budget.spend()) throw outcome.error;
      const asked = 'response' in outcome ? Number(outcome.response.headers['retry-after']) * 1000 : NaN;
      const backoff = backoffDelay(attempt, { initial: retryDelay, max: MAX_DELAY }, random);
      const delay = Number.isFinite(asked) ? Math.min(MAX_DELAY, Math.max(asked, backoff)) : backoff;
      recordDecision('http.retry', {
        'http.request.resend_count': attempt,
        'telltale.retry.delay_seconds': delay / 1000,
      });
      this.count(url, 'retried');
      if ('response' in outcome) await outcome.dump();
      await this.clock.sleep(delay, signal);
    }
  }

  private async send(
    { method = 'GET', headers = {}, body }: HttpRequest,
    url: URL,
    origin: Origin,
    signal: AbortSignal,
    attempts: number,
  ): Promise<Answered | { readonly error: unknown }> {
    const sent: Record<string, string> = { 'accept-encoding': ACCEPT_ENCODING };
    for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = value;
    propagation.inject(context.active(), sent);
    const asked = this.clock.elapsed();
    const { running, size } = origin.pool.stats;
    if (running + size >= (this.options.connections ?? 16) + origin.pool.stats.free && origin.pool.stats.queued > 0) {
      origin.instruments.exhausted();
    }
    try {
      // Our own span and header stand for the request: an instrumentation of undici must not add a second one.
      const answer = await context.with(suppressTracing(context.active()), () =>
        origin.pool.request({
          path: url.pathname + url.search,
          method: toMethod(method),
          headers: sent,
          body: body === undefined ? null : typeof body === 'string' ? body : Buffer.from(body),
          signal,
        }),
      );
      origin.instruments.acquired(this.clock.elapsed() - asked);
      const flat = flatten(answer.headers);
      const stream = decodedBody(answer.body, flat['content-encoding']);
      const dump = async (): Promise<void> => answer.body.dump();
      const whenClosed = (then: () => void): void => {
        if (answer.body.closed) then();
        else answer.body.once('close', then);
      };
      return { response: responseOf(answer.statusCode, flat, stream, attempts), dump, whenClosed };
    } catch (error) {
      if (signal.aborted) return { error: signal.reason };
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
    const {
      connections = 16,
      keepAlive = 10_000,
      connectTimeout = 5_000,
      maxOrigins = 64,
      retryBudget = 0.1,
      ca,
    } = this.options;
    const pool = new Pool(name, {
      connections,
      keepAliveTimeout: keepAlive,
      headersTimeout: this.options.headersTimeout ?? 30_000,
      bodyTimeout: this.options.bodyTimeout ?? 60_000,
      connect: { timeout: connectTimeout, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
      allowH2: this.options.http2 ?? true,
    });
    const instruments = monitorStats(this.telemetry, `${this.options.name} ${name}`, () => {
      const { connected, free, running, queued } = pool.stats;
      return { size: connected, idle: free, inUse: running, waiters: queued, max: connections };
    });
    const origin: Origin = { pool, budget: new RetryBudget(retryBudget, 10), instruments, pending: 0 };
    this.origins.set(name, origin);
    for (const [other, { pending, pool: unused }] of this.origins) {
      if (this.origins.size <= maxOrigins) break;
      if (pending > 0 || other === name) continue;
      this.origins.delete(other);
      void unused.close().catch(() => undefined);
    }
    return origin;
  }

  private count(url: URL, outcome: string): void {
    const labels = { pool: this.options.name, server: url.host, outcome };
    this.telemetry
      .counter('telltale_http_client_requests_total', 'Requests of HTTP pools by outcome; retries count apart', labels)
      .add();
  }
}

function responseOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: AsyncIterable<Uint8Array> & { destroy(): unknown; resume(): unknown },
  attempts: number,
): HttpResponse {
  const text = async (): Promise<string> => (await collect(body)).toString('utf8');
  return {
    status,
    headers,
    body,
    attempts,
    text,
    json: async () => JSON.parse(await text()),
    bytes: () => collect(body),
    discard: async () => void (await collect(body)),
  };
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;

function toMethod(name: string): (typeof METHODS)[number] {
  const method = METHODS.find((known) => known === name.toUpperCase());
  if (method === undefined) throw new HttpRequestError(`"${name}" is no HTTP method`);
  return method;
}
