import type {
  JaegerKeyValue,
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTrace,
} from '../../contracts/jaeger';
import { attributeToText } from '../../domain/attributes';
import type { AttributeValue, Attributes } from '../../domain/attributes';
import { isDouble } from '../../domain/doubles';
import { serviceNameOf } from '../../domain/resource';
import { durationNano } from '../../domain/span';
import type { Span } from '../../domain/span';

/** A trace in the form of Jaeger's v1 API. Times are as reported; the order of spans is kept. */
export function toJaegerTrace(traceId: string, spans: readonly Span[]): JaegerTrace {
  const processes: Record<string, JaegerProcess> = {};
  const ids = new Map<string, string>();
  const processOf = (span: Span): string => {
    const process: JaegerProcess = {
      serviceName: serviceNameOf(span.resource),
      tags: toTags(span.resource.attributes, 'service.name'),
    };
    const key = JSON.stringify(process);
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = `p${ids.size + 1}`;
    ids.set(key, id);
    processes[id] = process;
    return id;
  };
  return {
    traceID: traceId,
    spans: spans.map((span) => toJaegerSpan(span, processOf(span))),
    processes,
    warnings: null,
  };
}

function toJaegerSpan(span: Span, processID: string): JaegerSpan {
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    flags: span.flags & 0xff,
    operationName: span.name,
    references: referencesOf(span),
    startTime: toMicros(span.startUnixNano),
    duration: toMicros(durationNano(span)),
    tags: [...scopeTags(span), ...toTags(span.attributes), ...derivedTags(span)],
    logs: span.events.map(toLog),
    processID,
    warnings: span.endUnixNano < span.startUnixNano ? ['the span ends before it starts'] : null,
  };
}

function referencesOf(span: Span): JaegerReference[] {
  const references: JaegerReference[] = [];
  if (span.parentSpanId !== '')
    references.push({ refType: 'CHILD_OF', traceID: span.traceId, spanID: span.parentSpanId });
  for (const link of span.links) {
    // OpenTelemetry's compatibility for OpenTracing: a link says which of the two kinds it stands for.
    const refType = link.attributes['opentracing.ref_type'] === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
    references.push({ refType, traceID: link.traceId, spanID: link.spanId });
  }
  return references;
}

function scopeTags({ scope }: Span): JaegerKeyValue[] {
  const tags: JaegerKeyValue[] = [];
  if (scope.name !== '') tags.push(text('otel.scope.name', scope.name));
  if (scope.version !== '') tags.push(text('otel.scope.version', scope.version));
  return tags;
}

/** Tags for what OTLP keeps in fields of their own; an attribute of the same key is not doubled. */
function derivedTags(span: Span): JaegerKeyValue[] {
  const tags: JaegerKeyValue[] = [];
  if (span.kind !== 'unspecified') tags.push(text('span.kind', span.kind));
  if (span.status.code !== 'unset') tags.push(text('otel.status_code', span.status.code.toUpperCase()));
  if (span.status.code === 'error') tags.push({ key: 'error', type: 'bool', value: true });
  if (span.status.message !== '') tags.push(text('otel.status_description', span.status.message));
  if (span.traceState !== '') tags.push(text('w3c.tracestate', span.traceState));
  return tags.filter((tag) => !(tag.key in span.attributes));
}

function toLog(event: Span['events'][number]): JaegerLog {
  const fields = toTags(event.attributes);
  return {
    timestamp: toMicros(event.timeUnixNano),
    fields: event.name === '' || 'event' in event.attributes ? fields : [text('event', event.name), ...fields],
  };
}

function toTags(attributes: Attributes, without = ''): JaegerKeyValue[] {
  return Object.entries(attributes)
    .filter(([key]) => key !== without)
    .map(([key, value]) =>
      typeof value === 'number' ? numberTag(key, value, isDouble(attributes, key, value)) : toTag(key, value),
    );
}

function toTag(key: string, value: Exclude<AttributeValue, number>): JaegerKeyValue {
  switch (typeof value) {
    case 'boolean':
      return { key, type: 'bool', value };
    case 'bigint':
      // Beyond what a JSON number holds exactly, Jaeger gives the digits.
      return { key, type: 'int64', value: Number.isSafeInteger(Number(value)) ? Number(value) : String(value) };
    default:
      if (value instanceof Uint8Array) return { key, type: 'binary', value: Buffer.from(value).toString('base64') };
      return text(key, attributeToText(value));
  }
}

function numberTag(key: string, value: number, asDouble: boolean): JaegerKeyValue {
  if (!asDouble) return { key, type: 'int64', value };
  return Number.isFinite(value) ? { key, type: 'float64', value } : text(key, String(value));
}

function text(key: string, value: string): JaegerKeyValue {
  return { key, type: 'string', value };
}

function toMicros(nano: bigint): number {
  return Number(nano / 1000n);
}
