import { TraceFlags, createContextKey, isSpanContextValid } from '@opentelemetry/api';
import { settings, settingsGeneration } from '../settings';
import { installedProvider } from './ambient';
import { SPAN_KEY } from './context-keys';
import { LeanSpan } from './lean-span';
import { readSdkParts } from './sdk-parts';
import { SpanIds } from './span-ids';
import { UnsampledScope } from './unsampled';
import { WallAnchor } from './wall';
import type { SdkParts } from './sdk-parts';
import type { OperationPlan } from './operation-plan';
import type { Clock, Millis } from '../../base/clock';
import type { Attributes, Context, Span, SpanContext, Tracer, TracerProvider } from '@opentelemetry/api';

/** The name of our instrumentation scope. */
export const SCOPE_NAME = 'telltale';

const SUPPRESS_TRACING_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

interface Source {
  readonly provider: TracerProvider | undefined;
  readonly generation: number;
  readonly tracer: Tracer | undefined;
  readonly parts: SdkParts | undefined;
  readonly clock: Clock;
  readonly anchor: WallAnchor;
  readonly ids: SpanIds;
}

let source: Source | undefined;

/**
 * A started span; or an `UnsampledScope`, where a trace begins that is not kept; or undefined when there is nothing to
 * start: no SDK, tracing suppressed, or a call within an unsampled trace, whose context already says all there is to say.
 * @param own attributes of this call; the plan's own where there are none.
 */
export function startSpan(
  plan: OperationPlan,
  parentContext: Context,
  startedAt: Millis,
  own: Attributes | undefined,
): Span | UnsampledScope | undefined {
  const { tracer, parts, clock, anchor, ids } = currentSource();
  if (tracer === undefined) return undefined;
  const parentSpan = parentContext.getValue(SPAN_KEY);
  if (parts === undefined) return startByTracer(tracer, plan, parentContext, startedAt, own);
  const parent = plan.root ? undefined : parentOf(parentSpan);
  let traceId = parent?.traceId;
  let traceState = parent?.traceState;
  let sampled: boolean;
  let attributes = own;
  if (parent !== undefined && parts.inheritsDecision) {
    sampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    if (!sampled) return undefined;
    if (parentContext.getValue(SUPPRESS_TRACING_KEY) === true) return undefined;
  } else {
    if (parentContext.getValue(SUPPRESS_TRACING_KEY) === true) return undefined;
    if (parent === undefined && parts.rootDecision !== undefined) {
      sampled = parts.rootDecision;
      if (!sampled) return new UnsampledScope(parentContext, plan, ids, undefined, undefined);
    } else {
      traceId ??= parts.idsAreRandom ? ids.traceId() : parts.ids.generateTraceId();
      const asked = { ...(own ?? plan.attributes) };
      const answer = parts.sampler.shouldSample(
        plan.root ? parentContext.deleteValue(SPAN_KEY) : parentContext,
        traceId,
        plan.name,
        plan.kind,
        asked,
        [...plan.links],
      );
      traceState = answer.traceState ?? traceState;
      if (answer.decision === 0) return new UnsampledScope(parentContext, plan, ids, traceId, traceState);
      attributes = answer.attributes === undefined ? own : { ...asked, ...answer.attributes };
      sampled = answer.decision === 2;
    }
  }
  traceId ??= parts.idsAreRandom ? ids.traceId() : parts.ids.generateTraceId();
  const spanId = parts.idsAreRandom ? ids.spanId() : parts.ids.generateSpanId();
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const spanContext: SpanContext =
    traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
  const span = new LeanSpan(
    parts,
    clock,
    anchor.toEpoch(startedAt),
    startedAt,
    spanContext,
    parent,
    plan.name,
    plan.kind,
    attributes ?? plan.attributes,
    attributes === undefined,
    plan.links,
  );
  parts.processor.onStart(span, parentContext);
  return span;
}

/** Whether an SDK is installed, so that spans go somewhere. */
export function hasTracing(): boolean {
  return currentSource().tracer !== undefined;
}

/** The anchor that turns monotonic readings into epoch time. */
export function wallAnchor(): WallAnchor {
  return currentSource().anchor;
}

function startByTracer(
  tracer: Tracer,
  plan: OperationPlan,
  parentContext: Context,
  startedAt: Millis,
  own: Attributes | undefined,
): Span | undefined {
  if (parentContext.getValue(SUPPRESS_TRACING_KEY) === true) return undefined;
  const { name, kind, links, root } = plan;
  const attributes = { ...(own ?? plan.attributes) };
  return tracer.startSpan(name, { kind, attributes, links: [...links], root, startTime: startedAt }, parentContext);
}

let lastValid: SpanContext | undefined;

function parentOf(span: unknown): SpanContext | undefined {
  if (span instanceof LeanSpan) return span.spanContext();
  if (!isSpan(span)) return undefined;
  const spanContext = span.spanContext();
  // Most calls have the parent of the call before: its ids need not be looked at again.
  if (spanContext === lastValid) return spanContext;
  if (!isSpanContextValid(spanContext)) return undefined;
  lastValid = spanContext;
  return spanContext;
}

function currentSource(): Source {
  const provider = installedProvider();
  if (source !== undefined && source.provider === provider && source.generation === settingsGeneration()) return source;
  const { clock, random } = settings();
  const tracer =
    provider === undefined || provider.constructor.name === 'NoopTracerProvider'
      ? undefined
      : provider.getTracer(SCOPE_NAME);
  source = {
    provider,
    generation: settingsGeneration(),
    tracer,
    parts: tracer === undefined ? undefined : readSdkParts(tracer),
    clock,
    anchor: new WallAnchor(clock),
    ids: new SpanIds(random),
  };
  return source;
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'spanContext' in value;
}
