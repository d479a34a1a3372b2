import type { Attributes } from '../../domain/attributes';
import type { LogRecord } from '../../domain/log-record';
import type { ResourceMetrics } from '../../domain/metric-point';
import type { Span } from '../../domain/span';

/** One model call of a simulated session, in plain words. */
export interface SimulatedCall {
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly durationMs: number;
  readonly ttftMs: number;
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  readonly failed: boolean;
}

/** A session that any assistant might have had. */
export interface SimulatedSession {
  readonly session: string;
  readonly model: string;
  readonly calls: readonly SimulatedCall[];
  readonly tools: readonly { readonly id: string; readonly name: string; readonly at: number; readonly ok: boolean }[];
}

/** What an emitter makes of a session: its spans, log records and metrics. */
export interface Emission {
  readonly spans?: Span[];
  readonly logs?: LogRecord[];
  readonly metrics?: ResourceMetrics[];
}

/** A span with the little that emitters differ in. */
export function simulatedSpan(
  name: string,
  key: string,
  at: number,
  durationMs: number,
  attributes: Attributes,
  options: { service: string; scope?: string; failed?: boolean; trace?: string } = { service: 'app' },
): Span {
  return {
    traceId: hex(options.trace ?? key, 32),
    spanId: hex(`${name}${key}`, 16),
    parentSpanId: hex('parent', 16),
    traceState: '',
    flags: 1,
    name,
    kind: 'client',
    startUnixNano: nano(at),
    endUnixNano: nano(at + durationMs),
    attributes,
    events: [],
    links: [],
    status: { code: options.failed === true ? 'error' : 'unset', message: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: { attributes: { 'service.name': options.service }, schemaUrl: '' },
    scope: { name: options.scope ?? 'instrumentation', version: '1', attributes: {}, schemaUrl: '' },
  };
}

/** An event with the little that emitters differ in; `at` is when it was written. */
export function simulatedEvent(service: string, name: string, at: number, attributes: Attributes): LogRecord {
  return {
    timeUnixNano: nano(at),
    observedUnixNano: nano(at),
    severityNumber: 9,
    severityText: 'INFO',
    eventName: '',
    body: name,
    attributes: { 'event.name': name, ...attributes },
    traceId: '',
    spanId: '',
    flags: 0,
    resource: { attributes: { 'service.name': service }, schemaUrl: '' },
    scope: { name: 'events', version: '', attributes: {}, schemaUrl: '' },
  };
}

/** A counter's points, with the little that emitters differ in; each stands for the time from `from` to `to`. */
export function simulatedCounter(
  service: string,
  name: string,
  options: { from: number; to: number; temporality: 'delta' | 'cumulative' },
  points: readonly { readonly attributes: Attributes; readonly value: number }[],
): ResourceMetrics {
  const span = { startUnixNano: nano(options.from), timeUnixNano: nano(options.to), flags: 0, exemplars: [] };
  const { temporality } = options;
  return {
    resource: { attributes: { 'service.name': service }, schemaUrl: '' },
    scopes: [
      {
        scope: { name: 'meter', version: '', attributes: {}, schemaUrl: '' },
        metrics: [
          {
            name,
            description: '',
            unit: '',
            data: { kind: 'sum', monotonic: true, temporality, points: points.map((point) => ({ ...span, ...point })) },
          },
        ],
      },
    ],
  };
}

function nano(millis: number): bigint {
  return BigInt(Math.round(millis * 1000)) * 1000n;
}

function hex(text: string, length: number): string {
  let a = 0x811c9dc5;
  let out = '';
  for (let i = 0; out.length < length; i++) {
    for (const char of `${text}${i}`) a = Math.imul(a ^ char.charCodeAt(0), 0x01000193) >>> 0;
    out += a.toString(16).padStart(8, '0');
  }
  return out.slice(0, length);
}
