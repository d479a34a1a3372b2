import { createHash } from 'node:crypto';
import type { AttributeValue, Attributes } from '../../domain/attributes';
import { GEN_AI } from '../../domain/gen-ai';
import type { Resource } from '../../domain/resource';
import type { Span, SpanKind } from '../../domain/span';
import type { TokenUsage } from '../../domain/usage';

/** What an imported span is made of. */
export interface ImportSpanFields {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  /** Undefined values are left out. */
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  readonly failed: boolean;
  readonly resource: Resource;
  readonly assistant: string;
}

/** A span of a session read from disk. */
export function importSpan(fields: ImportSpanFields): Span {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(fields.attributes))
    if (value !== undefined && value !== '') attributes[key] = value;
  return {
    traceId: fields.traceId,
    spanId: fields.spanId,
    parentSpanId: fields.parentSpanId,
    traceState: '',
    flags: 1,
    name: fields.name,
    kind: fields.kind,
    startUnixNano: toNano(fields.start),
    endUnixNano: toNano(Math.max(fields.start, fields.end)),
    attributes,
    events: [],
    links: [],
    status: { code: fields.failed ? 'error' : 'unset', message: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: fields.resource,
    scope: { name: `telltale/import/${fields.assistant}`, version: '', attributes: {}, schemaUrl: '' },
  };
}

/** Usage under the conventions' keys, and ours for what they lack. */
export function usageAttributes(usage: TokenUsage): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  const put = (key: string, value: number | undefined): void => {
    if (value !== undefined) attributes[key] = value;
  };
  put(GEN_AI.inputTokens, usage.input);
  put(GEN_AI.cacheReadTokens, usage.cacheRead);
  put(GEN_AI.cacheWriteTokens, usage.cacheWrite);
  put('telltale.usage.cache_write_5m.input_tokens', usage.cacheWrite5m);
  put('telltale.usage.cache_write_1h.input_tokens', usage.cacheWrite1h);
  put(GEN_AI.outputTokens, usage.output);
  put(GEN_AI.reasoningTokens, usage.reasoning);
  return attributes;
}

/** The same id for the same text, so that importing twice stores once. */
export function stableId(digits: 16 | 32, ...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, digits);
}

function toNano(millis: number): bigint {
  return BigInt(Math.round(millis * 1000)) * 1000n;
}
