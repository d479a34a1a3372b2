import { getJson } from './http';

export interface KeyValue {
  readonly key: string;
  readonly type: string;
  readonly value: string | number | boolean;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds since the epoch. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly KeyValue[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly KeyValue[] }>>;
  readonly warnings: readonly string[] | null;
}

/** What the search form holds; durations in Jaeger's text form (`100ms`). */
export interface TraceQuery {
  readonly service: string;
  readonly operation: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly minDuration: string;
  readonly maxDuration: string;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

export async function services(signal?: AbortSignal): Promise<string[]> {
  return (await getJson<{ data: string[] | null }>('/api/services', signal)).data ?? [];
}

export async function operations(service: string, signal?: AbortSignal): Promise<string[]> {
  return (
    (await getJson<{ data: string[] | null }>(`/api/services/${encodeURIComponent(service)}/operations`, signal))
      .data ?? []
  );
}

export async function findTraces(query: TraceQuery, signal?: AbortSignal): Promise<JaegerTrace[]> {
  const parameters = new URLSearchParams({
    service: query.service,
    start: String(Math.round(query.from * 1000)),
    end: String(Math.round(query.to * 1000)),
    limit: String(query.limit),
  });
  if (query.operation !== '') parameters.set('operation', query.operation);
  if (query.minDuration !== '') parameters.set('minDuration', query.minDuration);
  if (query.maxDuration !== '') parameters.set('maxDuration', query.maxDuration);
  if (Object.keys(query.tags).length > 0) parameters.set('tags', JSON.stringify(query.tags));
  return (await getJson<{ data: JaegerTrace[] | null }>(`/api/traces?${parameters}`, signal)).data ?? [];
}

export async function trace(id: string, signal?: AbortSignal): Promise<JaegerTrace | undefined> {
  return (await getJson<{ data: JaegerTrace[] | null }>(`/api/traces/${encodeURIComponent(id)}`, signal)).data?.[0];
}
