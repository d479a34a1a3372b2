import type { Context, Link, SpanAttributes, SpanContext, SpanKind, Tracer } from '@opentelemetry/api';
import type { ReadableSpan, SpanLimits, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** What the SDK's sampler answers. */
export interface SamplingAnswer {
  /** 0 do not record, 1 record, 2 record and sample. */
  readonly decision: number;
  readonly attributes?: Readonly<SpanAttributes>;
  readonly traceState?: SpanContext['traceState'];
}

/** The parts of the SDK's tracer that a span is made of. */
export interface SdkParts {
  readonly sampler: {
    shouldSample(
      context: Context,
      traceId: string,
      name: string,
      kind: SpanKind,
      attributes: SpanAttributes,
      links: Link[],
    ): SamplingAnswer;
  };
  readonly limits: SpanLimits;
  /** Whether what a span starts with may be beyond the limits: they are then looked at for every span. */
  readonly limitsAreTight: boolean;
  readonly resource: ReadableSpan['resource'];
  readonly scope: ReadableSpan['instrumentationScope'];
  readonly processor: SpanProcessor;
  readonly ids: { generateTraceId(): string; generateSpanId(): string };
  /** The generator is the SDK's own, which draws at random, so that we may draw by ourselves. */
  readonly idsAreRandom: boolean;
  /** A child's decision is its parent's: with a valid parent the sampler need not be asked. */
  readonly inheritsDecision: boolean;
  /** What is decided on every trace that begins here, where that is known without asking. */
  readonly rootDecision: boolean | undefined;
}

const INHERITING =
  /^ParentBased\{root=(.*), remoteParentSampled=AlwaysOnSampler, remoteParentNotSampled=AlwaysOffSampler, localParentSampled=AlwaysOnSampler, localParentNotSampled=AlwaysOffSampler\}$/;

/**
 * Reads the parts from a tracer of the OpenTelemetry SDK; undefined for any other tracer, or should the SDK be built
 * differently one day: then spans are made by the tracer itself, slower but the same.
 */
export function readSdkParts(tracer: Tracer): SdkParts | undefined {
  const sampler: unknown = Reflect.get(tracer, '_sampler');
  const processor: unknown = Reflect.get(tracer, '_spanProcessor');
  const ids: unknown = Reflect.get(tracer, '_idGenerator');
  const limits: unknown = Reflect.get(tracer, '_spanLimits');
  const resource: unknown = Reflect.get(tracer, '_resource');
  const scope: unknown = Reflect.get(tracer, 'instrumentationScope');
  if (!isSampler(sampler) || !isProcessor(processor) || !isIdGenerator(ids)) return undefined;
  if (!isLimits(limits) || !isResource(resource) || !isScope(scope)) return undefined;
  return {
    sampler,
    processor,
    ids,
    limits,
    limitsAreTight: areTight(limits),
    resource,
    scope,
    idsAreRandom: ids.constructor.name === 'RandomIdGenerator',
    ...knownDecisions(sampler),
  };
}

function knownDecisions(sampler: object): Pick<SdkParts, 'inheritsDecision' | 'rootDecision'> {
  const root = sampler.constructor.name === 'ParentBasedSampler' ? INHERITING.exec(String(sampler))?.[1] : undefined;
  const constant = new Map([
    ['AlwaysOnSampler', true],
    ['AlwaysOffSampler', false],
  ]).get(root ?? '');
  return { inheritsDecision: root !== undefined, rootDecision: constant };
}

/** Values of any length and dozens of attributes are allowed unless somebody wanted it otherwise. */
function areTight(limits: SpanLimits): boolean {
  const { attributeValueLengthLimit: length = Infinity } = limits;
  const counts = [limits.attributeCountLimit, limits.linkCountLimit, limits.attributePerLinkCountLimit];
  return (length > 0 && length < Infinity) || counts.some((count) => (count ?? 128) < 64);
}

function hasMethods(value: unknown, ...names: readonly string[]): value is object {
  return (
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

function isSampler(value: unknown): value is SdkParts['sampler'] {
  return hasMethods(value, 'shouldSample');
}

function isProcessor(value: unknown): value is SpanProcessor {
  return hasMethods(value, 'onStart', 'onEnd');
}

function isIdGenerator(value: unknown): value is SdkParts['ids'] {
  return hasMethods(value, 'generateTraceId', 'generateSpanId');
}

function isLimits(value: unknown): value is SpanLimits {
  return typeof value === 'object' && value !== null;
}

function isResource(value: unknown): value is SdkParts['resource'] {
  return typeof value === 'object' && value !== null && 'attributes' in value;
}

function isScope(value: unknown): value is SdkParts['scope'] {
  return typeof value === 'object' && value !== null && 'name' in value;
}
