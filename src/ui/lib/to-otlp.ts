import type { JaegerSpan, JaegerTrace, KeyValue } from '../api/jaeger';

const KINDS: Readonly<Record<string, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const FIELDS = new Set(['span.kind', 'otel.status_code', 'otel.status_description', 'error']);

/** The trace as an OTLP/JSON export request, fit to be POSTed to any `/v1/traces`. */
export function toOtlpJson(trace: JaegerTrace): unknown {
  return {
    resourceSpans: Object.entries(trace.processes).map(([id, process]) => ({
      resource: {
        attributes: [{ key: 'service.name', value: { stringValue: process.serviceName } }, ...process.tags.map(toPair)],
      },
      scopeSpans: [{ scope: {}, spans: trace.spans.filter((span) => span.processID === id).map(toSpan) }],
    })),
  };
}

function toSpan(span: JaegerSpan): unknown {
  const tag = (key: string): string => String(span.tags.find((each) => each.key === key)?.value ?? '');
  const parent = span.references.find((each) => each.refType === 'CHILD_OF' && each.traceID === span.traceID);
  return {
    traceId: span.traceID,
    spanId: span.spanID,
    ...(parent === undefined ? {} : { parentSpanId: parent.spanID }),
    name: span.operationName,
    kind: KINDS[tag('span.kind')] ?? 0,
    startTimeUnixNano: toNanos(span.startTime),
    endTimeUnixNano: toNanos(span.startTime + span.duration),
    attributes: span.tags.filter(({ key }) => !FIELDS.has(key)).map(toPair),
    events: span.logs.map((log) => ({
      timeUnixNano: toNanos(log.timestamp),
      name: String(log.fields.find(({ key }) => key === 'event')?.value ?? ''),
      attributes: log.fields.filter(({ key }) => key !== 'event').map(toPair),
    })),
    links: span.references
      .filter((each) => each !== parent)
      .map((each) => ({ traceId: each.traceID, spanId: each.spanID })),
    status: {
      code:
        tag('otel.status_code') === 'ERROR' || tag('error') === 'true' ? 2 : tag('otel.status_code') === 'OK' ? 1 : 0,
      message: tag('otel.status_description'),
    },
  };
}

function toPair({ key, type, value }: KeyValue): unknown {
  switch (type) {
    case 'bool':
      return { key, value: { boolValue: value } };
    case 'int64':
      return { key, value: { intValue: String(value) } };
    case 'float64':
      return { key, value: { doubleValue: value } };
    default:
      return { key, value: { stringValue: String(value) } };
  }
}

/** Microseconds as text in nanoseconds; a number would lose digits. */
function toNanos(micros: number): string {
  return `${Math.round(micros)}000`;
}
