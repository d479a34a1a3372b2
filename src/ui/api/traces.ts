import type { StackTraceDifference } from '../../contracts/stack';
import type {
  ContentShownBody,
  SpanContentBody,
  SpanDetailBody,
  TraceOutlineBody,
  TraceSearchBody,
} from '../../contracts/trace-search';
import { getJson, postJson } from './http';

/** What the search form holds; the texts go to the server as they are. */
export interface TraceForm {
  readonly service: string;
  readonly operation: string;
  readonly q: string;
  readonly minDuration: string;
  readonly maxDuration: string;
  readonly minTokens: string;
  readonly maxTokens: string;
  readonly minCost: string;
  readonly maxCost: string;
  readonly errors: string;
  readonly limit: string;
}

/** The form as query parameters, the empty ones left out. */
export function formParameters(form: Partial<TraceForm>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) if (value !== '') parameters.set(name, value);
  return parameters;
}

/** Traces that pass, the newest first. Times in epoch milliseconds. */
export function searchTraces(
  form: Partial<TraceForm>,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<TraceSearchBody> {
  const parameters = formParameters(form);
  parameters.set('from', String(Math.round(from)));
  parameters.set('to', String(Math.round(to)));
  return getJson(`/api/stack/traces?${parameters}`, signal);
}

/** Every span of a trace, without content. */
export function traceOutline(id: string, signal?: AbortSignal): Promise<TraceOutlineBody> {
  return getJson(`/api/stack/traces/${encodeURIComponent(id)}/outline`, signal);
}

export function spanDetail(traceId: string, spanId: string, signal?: AbortSignal): Promise<SpanDetailBody> {
  return getJson(`${spanPath(traceId, spanId)}/detail`, signal);
}

/** What was said in a span. The server logs that it was asked for. */
export function spanContent(traceId: string, spanId: string): Promise<SpanContentBody> {
  return postJson(`${spanPath(traceId, spanId)}/content`, {});
}

/** Who was shown content, the newest first. */
export function contentLog(signal?: AbortSignal): Promise<ContentShownBody[]> {
  return getJson('/api/stack/content-log', signal);
}

export function compareTraces(a: string, b: string, signal?: AbortSignal): Promise<StackTraceDifference[]> {
  return getJson(`/api/stack/traces/compare?${new URLSearchParams({ a, b })}`, signal);
}

/** Attribute keys that contain a text. */
export function attributeKeys(part: string, signal?: AbortSignal): Promise<string[]> {
  return getJson(`/api/stack/traces/attributes?${new URLSearchParams({ q: part, limit: '30' })}`, signal);
}

/** Values of one attribute that contain a text, those of the newest spans first. */
export function attributeValues(key: string, part: string, signal?: AbortSignal): Promise<string[]> {
  const parameters = new URLSearchParams({ limit: '30', ...(part === '' ? {} : { q: part }) });
  return getJson(`/api/stack/traces/attributes/${encodeURIComponent(key)}/values?${parameters}`, signal);
}

/** The path of a span below the stack's own API. */
export function spanPath(traceId: string, spanId: string): string {
  return `/api/stack/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
}
