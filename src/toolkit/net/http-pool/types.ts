import type { Dispatcher } from 'undici';
import type { Clock, Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Telemetry } from '../../../base/telemetry';

/** The connections to one origin: the part of undici's `Pool` that is used. */
export interface OriginConnections {
  /** Sends a request, or lets it wait for a connection; false when the next one would have to wait. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
  /** `drain`: what was busy is so no more. */
  on(event: 'drain', listener: () => void): unknown;
  /** Waits for what is sent and what waits, then closes. */
  close(): Promise<void>;
  readonly stats: {
    readonly connected: number;
    readonly free: number;
    readonly running: number;
    readonly queued: number;
  };
}

/** How a pool connects, waits and retries. */
export interface HttpPoolOptions {
  /** Names the pool in metrics. */
  readonly name: string;
  /** Connections per origin; default 16. */
  readonly connections?: number;
  /** Requests per origin that run or wait, at most; default 1,000. */
  readonly maxPending?: number;
  /** Origins with connections; the one unused for the longest is closed for another. Default 64. */
  readonly maxOrigins?: number;
  /** An unused connection is closed after this; default 10 s. */
  readonly keepAlive?: Millis;
  /** Default 5 s. */
  readonly connectTimeout?: Millis;
  /** From sending to the response's headers; default 30 s. */
  readonly headersTimeout?: Millis;
  /** Between two pieces of a body; default 60 s. */
  readonly bodyTimeout?: Millis;
  /** Attempts of a request that may be repeated, the first included; default 3. */
  readonly attempts?: number;
  /** First wait between attempts, doubling with jitter; a `Retry-After` in seconds wins. Default 100 ms. */
  readonly retryDelay?: Millis;
  /** Retries per request in the long run, per origin; default 0.1. */
  readonly retryBudget?: number;
  /** Certificates (PEM) of authorities trusted beside those of Node; for servers of one's own. */
  readonly ca?: string;
  /** Speaks HTTP/2 with servers that offer it; default yes. */
  readonly http2?: boolean;
  /** Opens the connections to an origin, at most `connections`; default undici's `Pool` with the settings above. */
  open?(origin: string, connections: number): OriginConnections;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly telemetry?: Telemetry;
}

/** One request. */
export interface HttpRequest {
  readonly url: string;
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** All attempts and waits until the headers; default unlimited. */
  readonly timeout?: Millis;
  /** Whether it may be repeated; default for GET, HEAD, OPTIONS, PUT and DELETE. */
  readonly isRepeatable?: boolean;
}

/** The headers of a response, and its body, decompressed. Read or `discard` it: an unread body holds its connection. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; several values are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Attempts it took. */
  readonly attempts: number;
  text(): Promise<string>;
  json(): Promise<unknown>;
  bytes(): Promise<Uint8Array>;
  discard(): Promise<void>;
}
