import { attributeToText } from '../../domain/attributes';
import type { TraceFactsBody } from '../../contracts/trace-search';
import { GEN_AI, MODEL_CALL_OPERATIONS } from '../../domain/gen-ai';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';

/** Where emitters put the session. */
const SESSION_KEYS = ['session.id', GEN_AI.conversationId, 'conversation.id'] as const;

/** What a list shows of a trace, from its spans. Empty traces give zeros. */
export function traceFacts(traceId: string, spans: readonly Span[]): TraceFactsBody {
  const ids = new Set(spans.map((span) => span.spanId));
  const services = new Set<string>();
  const models = new Set<string>();
  let start: bigint | undefined;
  let end: bigint | undefined;
  let root: Span | undefined;
  let session = '';
  let errorCount = 0;
  let orphanCount = 0;
  let tokens: number | null = null;
  let costUsd: number | null = null;
  for (const span of spans) {
    services.add(serviceNameOf(span.resource));
    if (start === undefined || span.startUnixNano < start) start = span.startUnixNano;
    if (end === undefined || span.endUnixNano > end) end = span.endUnixNano;
    if (span.status.code === 'error') errorCount++;
    const isRoot = span.parentSpanId === '' || !ids.has(span.parentSpanId);
    if (isRoot && span.parentSpanId !== '') orphanCount++;
    if (isRoot && (root === undefined || ranks(span, root))) root = span;
    if (session === '') session = sessionOf(span);
    if (!isModelCall(span)) continue;
    const model = span.attributes[GEN_AI.responseModel] ?? span.attributes[GEN_AI.requestModel];
    if (model !== undefined) models.add(attributeToText(model));
    const input = numberOf(span, GEN_AI.inputTokens);
    const output = numberOf(span, GEN_AI.outputTokens);
    if (input !== undefined || output !== undefined) tokens = (tokens ?? 0) + (input ?? 0) + (output ?? 0);
    const cost = numberOf(span, GEN_AI.costAmount);
    if (cost !== undefined) costUsd = (costUsd ?? 0) + cost;
  }
  const from = start ?? 0n;
  const until = end === undefined || end < from ? from : end;
  return {
    traceId,
    name: root?.name ?? '',
    services: [...services].sort(),
    start: toMillis(from),
    durationMs: toMillis(until - from),
    spanCount: spans.length,
    errorCount,
    orphanCount,
    models: [...models].sort(),
    tokens,
    costUsd,
    session,
  };
}

/** Whether the span is one call of a model: a span of an agent that adds up its calls is not. */
export function isModelCall(span: Span): boolean {
  const operation = span.attributes[GEN_AI.operationName];
  return operation === undefined || MODEL_CALL_OPERATIONS.has(attributeToText(operation));
}

/** An attribute as a number; undefined when it is absent or none. */
export function numberOf(span: Span, key: string): number | undefined {
  const value = span.attributes[key];
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Milliseconds, with three digits of a fraction. */
export function toMillis(nano: bigint): number {
  return Number(nano / 1000n) / 1000;
}

function sessionOf(span: Span): string {
  for (const key of SESSION_KEYS) {
    const value = span.attributes[key] ?? span.resource.attributes[key];
    if (value !== undefined) return attributeToText(value);
  }
  return '';
}

/** A true root before one whose parent is missing, then the earlier. */
function ranks(span: Span, than: Span): boolean {
  if ((span.parentSpanId === '') !== (than.parentSpanId === '')) return span.parentSpanId === '';
  return span.startUnixNano < than.startUnixNano;
}
