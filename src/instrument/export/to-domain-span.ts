import { SPAN_KINDS, SPAN_STATUSES } from '../../domain/span';
import type { Attributes } from '../../domain/attributes';
import type { Span } from '../../domain/span';
import type { Attributes as OtelAttributes, HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** A span of the SDK as the stack keeps it: for handing over within one process. */
export function toDomainSpan(span: ReadableSpan): Span {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? '',
    traceState: traceState?.serialize() ?? '',
    flags: traceFlags,
    name: span.name,
    // The API's kinds begin with internal, OTLP's with unspecified.
    kind: SPAN_KINDS[span.kind + 1] ?? 'unspecified',
    startUnixNano: toNanos(span.startTime),
    endUnixNano: toNanos(span.endTime),
    attributes: toAttributes(span.attributes),
    events: span.events.map((event) => ({
      timeUnixNano: toNanos(event.time),
      name: event.name,
      attributes: toAttributes(event.attributes ?? {}),
      droppedAttributesCount: event.droppedAttributesCount ?? 0,
    })),
    links: span.links.map((link) => ({
      traceId: link.context.traceId,
      spanId: link.context.spanId,
      traceState: link.context.traceState?.serialize() ?? '',
      attributes: toAttributes(link.attributes ?? {}),
      droppedAttributesCount: link.droppedAttributesCount ?? 0,
      flags: link.context.traceFlags,
    })),
    status: { code: SPAN_STATUSES[span.status.code] ?? 'unset', message: span.status.message ?? '' },
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    resource: { attributes: toAttributes(span.resource.attributes), schemaUrl: span.resource.schemaUrl ?? '' },
    scope: {
      name: span.instrumentationScope.name,
      version: span.instrumentationScope.version ?? '',
      schemaUrl: span.instrumentationScope.schemaUrl ?? '',
      attributes: {},
    },
  };
}

function toNanos([seconds, nanos]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

function toAttributes(attributes: OtelAttributes): Attributes {
  const kept: Record<string, Attributes[string]> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    kept[key] = Array.isArray(value) ? value.map((item) => item ?? null) : value;
  }
  return kept;
}
