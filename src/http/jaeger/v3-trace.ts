import type {
  JaegerTraceSummary,
  OtlpJsonKeyValue,
  OtlpJsonResourceSpans,
  OtlpJsonSpan,
  OtlpJsonValue,
} from '../../contracts/jaeger';
import type { AttributeValue, Attributes } from '../../domain/attributes';
import { isDouble } from '../../domain/doubles';
import { SPAN_KINDS, SPAN_STATUSES } from '../../domain/span';
import type { Span } from '../../domain/span';
import type { TraceSummary } from '../../storage';

/** Spans as OTLP/JSON, grouped by resource and scope in the order of their first span. */
export function toResourceSpans(spans: readonly Span[]): OtlpJsonResourceSpans[] {
  const resources = new Map<string, { span: Span; scopes: Map<string, Span[]> }>();
  for (const span of spans) {
    const resourceKey = stable(span.resource);
    const resource = resources.get(resourceKey) ?? { span, scopes: new Map<string, Span[]>() };
    resources.set(resourceKey, resource);
    const scopeKey = stable(span.scope);
    const members = resource.scopes.get(scopeKey);
    if (members === undefined) resource.scopes.set(scopeKey, [span]);
    else members.push(span);
  }
  return [...resources.values()].map(({ span, scopes }) => ({
    resource: { attributes: toKeyValues(span.resource.attributes) },
    scopeSpans: [...scopes.values()].map((members) => ({
      scope: {
        name: members[0]?.scope.name ?? '',
        version: members[0]?.scope.version ?? '',
        attributes: toKeyValues(members[0]?.scope.attributes ?? {}),
      },
      spans: members.map(toJsonSpan),
      schemaUrl: members[0]?.scope.schemaUrl ?? '',
    })),
    schemaUrl: span.resource.schemaUrl,
  }));
}

/** One line of `/api/v3/trace-summaries`. */
export function toSummary(summary: TraceSummary): JaegerTraceSummary {
  return {
    traceId: summary.traceId.padStart(32, '0'),
    rootServiceName: summary.rootService,
    rootOperationName: summary.rootOperation,
    minStartTimeUnixNano: String(summary.startUnixNano),
    maxEndTimeUnixNano: String(summary.endUnixNano),
    spanCount: summary.spanCount,
    errorSpanCount: summary.errorSpanCount,
    orphanSpanCount: summary.orphanSpanCount,
    services: summary.services,
  };
}

function toJsonSpan(span: Span): OtlpJsonSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    // The Jaeger UI takes an id or nothing, not an empty one.
    ...(span.parentSpanId === '' ? {} : { parentSpanId: span.parentSpanId }),
    traceState: span.traceState,
    flags: span.flags,
    name: span.name,
    kind: SPAN_KINDS.indexOf(span.kind),
    startTimeUnixNano: String(span.startUnixNano),
    endTimeUnixNano: String(span.endUnixNano),
    attributes: toKeyValues(span.attributes),
    events: span.events.map((event) => ({
      timeUnixNano: String(event.timeUnixNano),
      name: event.name,
      attributes: toKeyValues(event.attributes),
      droppedAttributesCount: event.droppedAttributesCount,
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState,
      attributes: toKeyValues(link.attributes),
      flags: link.flags,
    })),
    status: { code: SPAN_STATUSES.indexOf(span.status.code), message: span.status.message },
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function toKeyValues(attributes: Attributes): OtlpJsonKeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value, attributes, key) }));
}

function toValue(value: AttributeValue, holder: object, key: string): OtlpJsonValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'bigint':
      return { intValue: String(value) };
    case 'number':
      if (!isDouble(holder, key, value)) return { intValue: String(value) };
      return { doubleValue: Number.isFinite(value) ? value : String(value) };
    default:
      // An empty value would be an empty object, with which the Jaeger UI refuses the whole trace.
      if (value === null) return { stringValue: '' };
      if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
      if (isList(value)) return { arrayValue: { values: value.map((item, n) => toValue(item, value, String(n))) } };
      return { kvlistValue: { values: toKeyValues(value) } };
  }
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function stable(value: object): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));
}
