import { createHash } from 'node:crypto';
import { z } from 'zod';
import { duration } from '../../base/duration';
import { httpOptions } from '../config/http-options';
import type { HttpOptions } from '../config/http-options';
import type { Delivery } from '../notify/delivery';
import { deliverHttp, jsonOf } from './http';
import type { AnswerRules, HttpTransport } from './http';

/** The shape of those keys. */
export interface HttpChannelShape {
  readonly send_resolved: z.ZodDefault<z.ZodBoolean>;
  readonly http_config: z.ZodOptional<typeof httpOptions>;
}

/** One attempt of the channel may take so long; 0 leaves it to `alerting.delivery.timeout`, which is never exceeded. */
export const attemptTimeout = duration.default(0);

/** The keys that every HTTP channel has. */
export function httpChannel(sendResolved: boolean): HttpChannelShape {
  return {
    /** Whether to tell that alerts are over. */
    send_resolved: z.boolean().default(sendResolved),
    /** Authorization, TLS, proxy. */
    http_config: httpOptions.optional(),
  };
}

/** POSTs JSON. */
export function postJson(
  transport: HttpTransport,
  url: string,
  body: unknown,
  options: HttpOptions | undefined,
  signal: AbortSignal,
  more: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly method?: 'POST' | 'PUT';
    readonly rules?: AnswerRules;
  } = {},
): Promise<Delivery> {
  return deliverHttp(
    transport,
    {
      method: more.method ?? 'POST',
      url,
      headers: { 'content-type': 'application/json', 'user-agent': 'Telltale', ...more.headers },
      body: JSON.stringify(body),
      signal,
      options,
    },
    more.rules,
  );
}

/** The deduplication key of providers that merge messages: equal for all messages of a group. */
export function groupHash(groupKey: string): string {
  return createHash('sha256').update(groupKey).digest('hex');
}

/** A field of a JSON answer as text. */
export function answerField(response: { readonly body: string }, ...path: readonly string[]): string | undefined {
  let value: unknown = jsonOf(response);
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value === undefined || value === null ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
}

/** A base URL with a path after it. */
export function under(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path}`;
}

/** Leaves out what is undefined or empty: providers refuse empty fields. */
export function compact(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== ''));
}
