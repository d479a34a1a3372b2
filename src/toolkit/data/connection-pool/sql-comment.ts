import { isSpanContextValid } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';

/**
 * The sqlcommenter suffix that carries the trace context into the server's logs, keys sorted, values URL-encoded;
 * empty when there is nothing to say or the statement is commented already.
 *
 * Prepared-statement caches must key on the statement without it.
 */
export function commentOf(spanContext: SpanContext, application: string | undefined, commented: boolean): string {
  if (commented) return '';
  const pairs: string[] = [];
  if (application !== undefined) pairs.push(`application='${encode(application)}'`);
  if (isSpanContextValid(spanContext)) {
    const flags = spanContext.traceFlags.toString(16).padStart(2, '0');
    pairs.push(`traceparent='00-${spanContext.traceId}-${spanContext.spanId}-${flags}'`);
  }
  return pairs.length === 0 ? '' : ` /*${pairs.join(',')}*/`;
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(/'/g, '%27').replace(/\*/g, '%2A');
}
