import type { Attributes } from './attributes';
import type { InstrumentationScope, Resource } from './resource';

/** A span's role, numbered as in OTLP. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** A span's outcome, numbered as in OTLP. */
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
export type SpanStatusCode = (typeof SPAN_STATUSES)[number];

/** Something that happened within a span. */
export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
}

/** A pointer to another span. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly flags: number;
}

/** One span, whole. Ids are lowercase hex: 32 digits for a trace, 16 for a span; an absent parent is the empty string. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly status: { readonly code: SpanStatusCode; readonly message: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/** How long a span took, in nanoseconds; never negative (a clock that stepped back counts as 0). */
export function durationNano(span: Pick<Span, 'startUnixNano' | 'endUnixNano'>): bigint {
  const duration = span.endUnixNano - span.startUnixNano;
  return duration > 0n ? duration : 0n;
}
