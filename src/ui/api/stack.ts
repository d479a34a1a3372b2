import type { StackLog, StackSession, StackSessionDetail } from '../../contracts/stack';
import { getJson, postJson } from './http';

/** Sessions with activity in the range, the newest first. Times in milliseconds. */
export function sessions(from: number, to: number, signal?: AbortSignal): Promise<StackSession[]> {
  return getJson(`/api/stack/sessions?from=${Math.round(from)}&to=${Math.round(to)}&limit=200`, signal);
}

export function session(id: string, signal?: AbortSignal): Promise<StackSessionDetail> {
  return getJson(`/api/stack/sessions/${encodeURIComponent(id)}`, signal);
}

/** Log records of a span, the newest first. */
export function logsOfSpan(traceId: string, spanId: string, signal?: AbortSignal): Promise<StackLog[]> {
  return getJson(`/api/stack/logs?${ofSpan(traceId, spanId)}`, signal);
}

/** The same with what was said and done in them. The server logs that it was asked for. */
export function contentOfLogs(traceId: string, spanId: string): Promise<StackLog[]> {
  return postJson(`/api/stack/logs/content?${ofSpan(traceId, spanId)}`, {});
}

function ofSpan(traceId: string, spanId: string): URLSearchParams {
  return new URLSearchParams({ traceId, spanId, limit: '100' });
}
