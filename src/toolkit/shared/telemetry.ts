import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { messageOf } from '../../base/errors';
import { metricsRegistry, registryTelemetry } from '../../instrument';
import type { Attributes, Link, Span } from '@opentelemetry/api';
import type { Telemetry } from '../../base/telemetry';

/** Where the blocks count unless told otherwise: the registry that `instrument` exposes. */
export const toolkitTelemetry: Telemetry = registryTelemetry(metricsRegistry);

/** Buckets of durations in seconds, from a tenth of a millisecond. */
export const SECONDS_BUCKETS: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** How a toolkit span is made. */
export interface ToolkitSpanOptions {
  readonly attributes?: Attributes;
  readonly links?: readonly Link[];
  readonly kind?: SpanKind;
  /** Begins a trace of its own; links tell for whom. */
  readonly root?: boolean;
}

/** Runs `work` in a span of the toolkit's tracer, as a child of the active one; a throw marks the span and goes on. */
export async function withToolkitSpan<T>(
  name: string,
  { attributes = {}, links = [], kind = SpanKind.INTERNAL, root = false }: ToolkitSpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = root ? ROOT_CONTEXT : context.active();
  const span = trace.getTracer('telltale.toolkit').startSpan(name, { attributes, links: [...links], kind }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
    span.setAttribute('error.type', error instanceof Error ? error.name : '_OTHER');
    throw error;
  } finally {
    span.end();
  }
}

/** A decision, told on the active span; costs nothing without one. */
export function recordDecision(name: string, attributes: Attributes): void {
  trace.getActiveSpan()?.addEvent(name, attributes);
}

/** Whether somebody looks at the active span: only then is it worth to make one within it. */
export function isRecording(): boolean {
  return trace.getActiveSpan()?.isRecording() === true;
}

/** The active span's context as a link, for work that serves several callers. */
export function activeLink(): Link | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext === undefined ? undefined : { context: spanContext };
}
