import type { Span } from '../../domain/span';

/** What a test says of a span; times in milliseconds from the trace's start. */
export interface SampleSpan {
  readonly id: string;
  readonly parent?: string;
  readonly service?: string;
  readonly name?: string;
  readonly start: number;
  readonly end: number;
  readonly kind?: Span['kind'];
  readonly error?: boolean;
}

/** The instant at which sample traces start: 2026-06-01T00:00:00Z. */
export const SAMPLE_START = 1_780_272_000_000;

/** Whole spans from the little that a test cares about. */
export function sampleSpans(...samples: readonly SampleSpan[]): Span[] {
  return samples.map((sample) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: sample.id.padStart(16, '0'),
    parentSpanId: sample.parent === undefined ? '' : sample.parent.padStart(16, '0'),
    traceState: '',
    flags: 1,
    name: sample.name ?? sample.id,
    kind: sample.kind ?? 'internal',
    startUnixNano: toNano(sample.start),
    endUnixNano: toNano(sample.end),
    attributes: {},
    events: [],
    links: [],
    status: { code: sample.error === true ? 'error' : 'unset', message: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: { attributes: { 'service.name': sample.service ?? 'svc' }, schemaUrl: '' },
    scope: { name: '', version: '', attributes: {}, schemaUrl: '' },
  }));
}

function toNano(millis: number): bigint {
  return BigInt(SAMPLE_START) * 1_000_000n + BigInt(Math.round(millis * 1e6));
}
