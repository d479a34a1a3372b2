import type { Millis } from '../../base/clock';
import type { HttpOptions } from '../config/http-options';
import { delivered, refused, retry } from '../notify/delivery';
import type { Delivery } from '../notify/delivery';

/** One HTTP request of a channel. */
export interface HttpRequest {
  readonly method: 'POST' | 'PUT' | 'GET' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal: AbortSignal;
  /** Authorization, TLS and proxy of the channel. */
  readonly options: HttpOptions | undefined;
}

/** What came back; the body is cut at 64 KB. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request, without retries. Rejects where no answer came. */
export type HttpTransport = (request: HttpRequest) => Promise<HttpResponse>;

/** How a channel's answers differ from the usual. */
export interface AnswerRules {
  /** Statuses besides 5xx and 429 after which trying again helps. */
  readonly retryStatuses?: readonly number[];
  /** Reads the provider's own error out of the body, for messages to people. */
  readonly explain?: (response: HttpResponse) => string | undefined;
  /** Judges a 2xx answer that may still be an error. */
  readonly judge?: (response: HttpResponse) => Delivery | undefined;
}

/** Sends a request and reads the outcome off its answer. */
export async function deliverHttp(
  transport: HttpTransport,
  request: HttpRequest,
  rules: AnswerRules = {},
): Promise<Delivery> {
  let response: HttpResponse;
  try {
    response = await transport(request);
  } catch (error) {
    return failureOf(error, request.signal);
  }
  return deliveryOf(response, rules);
}

/** What an HTTP answer means. */
export function deliveryOf(response: HttpResponse, rules: AnswerRules = {}): Delivery {
  const { status } = response;
  if (status >= 200 && status < 300) return rules.judge?.(response) ?? delivered();
  const said = rules.explain?.(response) ?? response.body.slice(0, 300).trim();
  const message = `unexpected status code ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 429) return retry(message, 'rateLimited', { down: true, ...retryAfterOf(response) });
  if (status === 503) return retry(message, 'serverError', { down: true, ...retryAfterOf(response) });
  if (status >= 500) return retry(message, 'serverError', retryAfterOf(response));
  if (status === 408 || status === 425 || rules.retryStatuses?.includes(status) === true) {
    return retry(message, 'clientError', retryAfterOf(response));
  }
  return refused(message, status === 401 || status === 403 ? 'authError' : 'clientError');
}

/** What it means that no answer came. */
export function failureOf(error: unknown, signal: AbortSignal): Delivery {
  if (error instanceof Error && 'code' in error && error.code === 'FORBIDDEN_ADDRESS') return refused(error.message);
  const message = describe(error);
  if (signal.aborted) return retry(`no answer in time: ${message}`, 'contextDeadlineExceeded');
  return retry(message, 'other', { down: true });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== ''
    ? `${error.message}: ${cause.message}`
    : error.message || error.name;
}

/** `Retry-After` in seconds or as a date (then relative to the answer's `Date`). */
export function retryAfterOf(response: Pick<HttpResponse, 'headers'>): { retryAfter?: Millis } {
  const text = response.headers['retry-after'];
  if (text === undefined) return {};
  if (/^\d+(\.\d+)?$/.test(text)) return { retryAfter: Number(text) * 1000 };
  const until = Date.parse(text);
  const sent = Date.parse(response.headers['date'] ?? '');
  return Number.isNaN(until) || Number.isNaN(sent) ? {} : { retryAfter: Math.max(0, until - sent) };
}

/** The body as JSON; undefined where it is none. */
export function jsonOf(response: Pick<HttpResponse, 'body'>): unknown {
  try {
    return JSON.parse(response.body);
  } catch {
    return undefined;
  }
}
