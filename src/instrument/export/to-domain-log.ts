import type { AttributeValue } from '../../domain/attributes';
import type { LogRecord } from '../../domain/log-record';
import type { HrTime, SpanContext } from '@opentelemetry/api';

/** A log record of the SDK, by what we need of it. */
export interface SdkLogRecord {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly spanContext?: SpanContext;
  readonly severityText?: string;
  readonly severityNumber?: number;
  readonly body?: unknown;
  readonly eventName?: string;
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>>; readonly schemaUrl?: string };
  readonly instrumentationScope: { readonly name: string; readonly version?: string; readonly schemaUrl?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A log record of the SDK as the stack keeps it: for handing over within one process. */
export function toDomainLog(record: SdkLogRecord): LogRecord {
  const { spanContext, instrumentationScope: scope } = record;
  return {
    timeUnixNano: toNanos(record.hrTime),
    observedUnixNano: toNanos(record.hrTimeObserved),
    severityNumber: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    eventName: record.eventName ?? '',
    body: toValue(record.body),
    attributes: toAttributes(record.attributes),
    traceId: spanContext?.traceId ?? '',
    spanId: spanContext?.spanId ?? '',
    flags: spanContext?.traceFlags ?? 0,
    resource: { attributes: toAttributes(record.resource.attributes), schemaUrl: record.resource.schemaUrl ?? '' },
    scope: { name: scope.name, version: scope.version ?? '', schemaUrl: scope.schemaUrl ?? '', attributes: {} },
  };
}

function toNanos([seconds, nanos]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

function toAttributes(attributes: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const kept: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = toValue(value);
  return kept;
}

/** What has no form of its own becomes text. */
function toValue(value: unknown): AttributeValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => toValue(item));
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toValue(item)]));
  return String(value);
}
