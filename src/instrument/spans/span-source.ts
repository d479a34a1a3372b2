import { ROOT_CONTEXT, TraceFlags, createContextKey, isSpanContextValid, trace } from '@opentelemetry/api';
import { settings, settingsGeneration } from '../settings';
import { LeanSpan } from './lean-span';
import { readSdkParts } from './sdk-parts';
import { SpanIds } from './span-ids';
import { WallAnchor } from './wall';
import type { SdkParts } from './sdk-parts';
import type { Clock, Millis } from '../../base/clock';
import type {
  Attributes,
  Context,
  Link,
  Span,
  SpanContext,
  SpanKind,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api';

/** The name of our instrumentation scope. */
export const SCOPE_NAME = 'telltale';

/** The key under which the OpenTelemetry API keeps the span of a context, learnt from the API itself. */
export const SPAN_KEY: symbol = learnSpanKey();
const SUPPRESS_TRACING_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** What a span is asked for with. */
export interface SpanRequest {
  readonly name: string;
  readonly kind: SpanKind;
  /** Handed over: the span keeps it. */
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly root: boolean;
}

interface Source {
  readonly delegate: TracerProvider | undefined;
  readonly generation: number;
  readonly tracer: Tracer | undefined;
  readonly parts: SdkParts | undefined;
  readonly clock: Clock;
  readonly anchor: WallAnchor;
  readonly ids: SpanIds;
}

let source: Source | undefined;

/**
 * A started span; or undefined when there is nothing to start: no SDK, tracing suppressed, or a call within an
 * unsampled trace, where the context that is active already says all that is to be said.
 */
export function startSpan(request: SpanRequest, parentContext: Context, startedAt: Millis): Span | undefined {
  const { tracer, parts, clock, anchor, ids } = currentSource();
  if (tracer === undefined || parentContext.getValue(SUPPRESS_TRACING_KEY) === true) return undefined;
  if (parts === undefined) {
    const { name, kind, attributes, links, root } = request;
    return tracer.startSpan(name, { kind, attributes, links, root, startTime: startedAt }, parentContext);
  }
  const parent = request.root ? undefined : parentOf(parentContext);
  let decision: number;
  let traceState = parent?.traceState;
  let traceId: string;
  if (parent !== undefined && parts.inheritsDecision) {
    traceId = parent.traceId;
    decision = (parent.traceFlags & TraceFlags.SAMPLED) === 0 ? 0 : 2;
    if (decision === 0) return undefined;
  } else {
    traceId = parent?.traceId ?? (parts.idsAreRandom ? ids.traceId() : parts.ids.generateTraceId());
    const context = request.root ? parentContext.deleteValue(SPAN_KEY) : parentContext;
    const answer = parts.sampler.shouldSample(
      context,
      traceId,
      request.name,
      request.kind,
      request.attributes,
      request.links,
    );
    decision = answer.decision;
    traceState = answer.traceState ?? traceState;
    if (answer.attributes !== undefined) Object.assign(request.attributes, answer.attributes);
  }
  const spanId = parts.idsAreRandom ? ids.spanId() : parts.ids.generateSpanId();
  const traceFlags = decision === 2 ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const spanContext: SpanContext =
    traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
  if (decision === 0) return trace.wrapSpanContext(spanContext);
  const span = new LeanSpan({
    parts,
    clock,
    anchor,
    context: spanContext,
    parent,
    name: request.name,
    kind: request.kind,
    attributes: request.attributes,
    links: request.links,
    startedAt,
  });
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

function parentOf(context: Context): SpanContext | undefined {
  const span = context.getValue(SPAN_KEY);
  if (span instanceof LeanSpan) return span.spanContext();
  if (!isSpan(span)) return undefined;
  const spanContext = span.spanContext();
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

function currentSource(): Source {
  const delegate = currentDelegate();
  if (source !== undefined && source.delegate === delegate && source.generation === settingsGeneration()) return source;
  const { clock, random } = settings();
  const tracer = delegate === undefined ? undefined : delegate.getTracer(SCOPE_NAME);
  source = {
    delegate,
    generation: settingsGeneration(),
    tracer,
    parts: tracer === undefined ? undefined : readSdkParts(tracer),
    clock,
    anchor: new WallAnchor(clock),
    ids: new SpanIds(random),
  };
  return source;
}

let lastDelegate: TracerProvider | undefined;
let lastIsNoop = true;

/** The provider behind the API's proxy; undefined while none is installed. Looked up on every call: it may come late. */
function currentDelegate(): TracerProvider | undefined {
  const provider: TracerProvider & { getDelegate?(): TracerProvider } = trace.getTracerProvider();
  const delegate = provider.getDelegate === undefined ? provider : provider.getDelegate();
  if (delegate !== lastDelegate) {
    lastDelegate = delegate;
    lastIsNoop = delegate.constructor.name === 'NoopTracerProvider';
  }
  return lastIsNoop ? undefined : delegate;
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'spanContext') === 'function';
}

function learnSpanKey(): symbol {
  let learnt: symbol | undefined;
  const probe: Context = {
    getValue: (key) => void (learnt = key),
    setValue: () => probe,
    deleteValue: () => probe,
  };
  trace.getSpan(probe);
  return learnt ?? Reflect.ownKeys(ROOT_CONTEXT).find((key) => typeof key === 'symbol') ?? Symbol('span');
}
