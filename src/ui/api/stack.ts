import type { StackLog, StackSession, StackSessionDetail } from '../../contracts/stack';
import { getJson } from './http';

/** Sessions with activity in the range, the newest first. Times in milliseconds. */
export function sessions(from: number, to: number, signal?: AbortSignal): Promise<StackSession[]> {
  return getJson(`/api/stack/sessions?from=${Math.round(from)}&to=${Math.round(to)}&limit=200`, signal);
}

export function session(id: string, signal?: AbortSignal): Promise<StackSessionDetail> {
  return getJson(`/api/stack/sessions/${encodeURIComponent(id)}`, signal);
}

/** Log records of a span, the newest first. */
export function logsOfSpan(traceId: string, spanId: string, signal?: AbortSignal): Promise<StackLog[]> {
  return getJson(`/api/stack/logs?traceId=${traceId}&spanId=${spanId}&limit=100`, signal);
}
