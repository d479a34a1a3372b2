import { SpanStatusCode, TraceFlags, diag, propagation } from '@opentelemetry/api';
import { messageOf } from '../../base/errors';
import { settings } from '../settings';
import { baggageAttributes } from './baggage';
import { OTHER_ERROR, classifyError } from './classify';
import { BAGGAGE_KEY, OPERATION_KEY, SPAN_KEY } from './context-keys';
import { recordException } from './exceptions';
import { startSpan, wallAnchor } from './span-source';
import { UnsampledScope } from './unsampled';
import { activeContext, runIn } from './ambient';
import { LeanSpan } from './lean-span';
import { ResourceUse } from './resource-use';
import type { ErrorClass, Outcome } from './classify';
import type { OperationPlan } from './operation-plan';
import type { Millis } from '../../base/clock';
import type { Attributes, AttributeValue, Baggage, Context, Span } from '@opentelemetry/api';

/** What is told when an operation ends; used by the GenAI recorders. */
export interface OperationEnd {
  readonly outcome: Outcome;
  readonly errorType: string | undefined;
  readonly seconds: number;
}

/**
 * One call under observation. It is the context that its children see, so that a call costs one object; ends once,
 * whatever happens; and never throws into the work it watches.
 */
export class Operation implements Context {
  /** Pieces a stream has given so far. */
  chunks = 0;
  /** Called once, before the span ends. */
  onEnd: ((end: OperationEnd) => void) | undefined;
  /** Called for every piece of a streamed result. */
  onChunk: ((chunk: unknown) => void) | undefined;
  /** Called with the result, before the operation ends well. */
  onResult: ((result: unknown) => void) | undefined;
  /** Runs the parts of a streamed work, where they need more than the context. */
  scope: (<T>(work: () => T) => T) | undefined;
  private done = false;
  private refusal: string | undefined;
  private watched = false;
  private resourceUse: ResourceUse | undefined;

  constructor(
    readonly plan: OperationPlan,
    readonly span: Span | undefined,
    private readonly base: Context,
    readonly startedAt: Millis,
    private readonly inherited: Span | undefined,
    private baggage: Baggage | undefined,
  ) {
    if (plan.resources) this.resourceUse = new ResourceUse();
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.span ?? this.inherited ?? this.base.getValue(key);
    if (key === OPERATION_KEY) return this;
    if (key === BAGGAGE_KEY && this.baggage !== undefined) return this.baggage;
    return this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.flattened().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.flattened().deleteValue(key);
  }

  /** An operation within this one. */
  child(plan: OperationPlan, span: Span | undefined, startedAt: Millis): Operation {
    return new Operation(plan, span, this.base, startedAt, this.span ?? this.inherited, this.baggage);
  }

  get ended(): boolean {
    return this.done;
  }

  /** Adds to the baggage that children and outgoing requests carry from now on. */
  setBaggage(baggage: Baggage): void {
    this.baggage = baggage;
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.span?.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.span?.setAttributes(attributes);
    return this;
  }

  addEvent(name: string, attributes?: Attributes): this {
    this.span?.addEvent(name, attributes);
    return this;
  }

  /** Runs `work` as part of the operation, in its context. */
  within<T>(work: () => T): T {
    const scope = this.scope;
    const run = scope === undefined ? work : (): T => scope(work);
    return this.span === undefined ? run() : runIn(this, run);
  }

  /** Abandons the operation when `carrier`, through which alone it can go on, is collected. */
  watchFor(carrier: object): void {
    if (this.done) return;
    this.watched = true;
    abandoned.register(carrier, this, this);
  }

  /** One piece of a streamed result went by. */
  chunk(value: unknown): void {
    this.chunks++;
    if (this.onChunk !== undefined) this.guard(() => this.onChunk?.(value));
  }

  /** The work is done and gave `result`. */
  succeed(result: unknown): void {
    if (this.done) return;
    if (this.onResult !== undefined) this.guard(() => this.onResult?.(result));
    if (this.refusal === undefined) this.end('ok', undefined);
    else this.end('error', this.refusal);
  }

  /**
   * Makes the operation end as failed though its work gives a result: for results that say that something went wrong.
   * @param type as `error.type`: low in cardinality.
   */
  refuse(type: string): void {
    if (this.done) return;
    this.refusal = type;
    this.span?.setAttribute('error.type', type);
    this.span?.setStatus({ code: SpanStatusCode.ERROR });
  }

  /** The work failed, or was aborted. */
  fail(error: unknown): void {
    if (this.done) return;
    const { outcome, type } = this.classified(error);
    const span = this.span;
    this.guard(() => {
      if (outcome === 'error') {
        span?.setAttribute('error.type', type);
        span?.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
        recordException(span, this.plan.options.stage, error);
      } else if (outcome === 'cancelled') span?.setAttribute('telltale.outcome', outcome);
    });
    this.end(outcome, outcome === 'ok' ? undefined : type);
  }

  /** The consumer stopped early. */
  cancel(): void {
    if (this.done) return;
    this.span?.setAttribute('telltale.outcome', 'cancelled');
    this.end('cancelled', undefined);
  }

  /** Nobody will ever read the rest. */
  abandon(): void {
    if (this.done) return;
    this.span?.setAttribute('telltale.outcome', 'abandoned');
    this.end('abandoned', undefined);
  }

  private classified(error: unknown): ErrorClass {
    try {
      return classifyError(error, this.plan.classifier);
    } catch (fault) {
      diag.warn(`telltale: the classifier of ${this.plan.name} failed: ${messageOf(fault)}`);
      return { outcome: 'error', type: OTHER_ERROR };
    }
  }

  private end(outcome: Outcome, errorType: string | undefined): void {
    this.done = true;
    if (this.watched) abandoned.unregister(this);
    try {
      const endedAt = settings().clock.elapsed();
      const seconds = (endedAt - this.startedAt) / 1_000;
      if (this.onEnd !== undefined) this.onEnd({ outcome, errorType, seconds });
      const span = this.span;
      if (this.resourceUse !== undefined) span?.setAttributes(this.resourceUse.attributes());
      if (this.plan.thresholds.length > 0) this.checkThresholds(endedAt - this.startedAt);
      recordMetrics(this.plan, outcome, errorType, seconds, span, endedAt);
      if (span instanceof LeanSpan) span.endAt(endedAt);
      else span?.end(endedAt);
    } catch (error) {
      diag.warn(`telltale: operation ${this.plan.name} could not be recorded: ${messageOf(error)}`);
    }
  }

  private checkThresholds(took: Millis): void {
    for (const { name, limit } of this.plan.thresholds) {
      if (took <= limit) continue;
      this.plan.metrics?.exceeded(name);
      this.span?.addEvent('telltale.threshold.exceeded', {
        'telltale.threshold.name': name,
        'telltale.threshold.seconds': limit / 1_000,
        'telltale.duration.seconds': took / 1_000,
      });
    }
  }

  /** Runs code of the user's that only observes; its failure is ours to bear. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      diag.warn(`telltale: an observer of ${this.plan.name} failed: ${messageOf(error)}`);
    }
  }

  private flattened(): Context {
    let flat = this.base.setValue(OPERATION_KEY, this);
    const span = this.span ?? this.inherited;
    if (span !== undefined) flat = flat.setValue(SPAN_KEY, span);
    return this.baggage === undefined ? flat : propagation.setBaggage(flat, this.baggage);
  }
}

/** A stream that nobody reads to its end is noticed when it is collected. */
const abandoned = new FinalizationRegistry<Operation>((operation) => operation.abandon());

/** Starts an operation within the active context; `attributes` are handed over. */
export function startOperation(plan: OperationPlan, attributes: Attributes): Operation {
  const parent = activeContext();
  const startedAt = settings().clock.elapsed();
  const span = startSpan(plan, parent, startedAt, Object.assign(attributes, baggageAttributes(parent)));
  return childOf(parent, plan, span instanceof UnsampledScope ? span.span : span, startedAt);
}

/**
 * An operation within a context. What it takes over from an enclosing operation is copied, never chained: work that
 * restarts itself from within would else hold every operation before it.
 */
export function childOf(parent: Context, plan: OperationPlan, span: Span | undefined, startedAt: Millis): Operation {
  return parent instanceof Operation
    ? parent.child(plan, span, startedAt)
    : new Operation(plan, span, parent, startedAt, undefined, undefined);
}

/** Counts one ended call. */
export function recordMetrics(
  plan: OperationPlan,
  outcome: Outcome,
  errorType: string | undefined,
  seconds: number,
  span: Span | undefined,
  endedAt: Millis,
): void {
  const metrics = plan.metrics;
  if (metrics === undefined) return;
  metrics[outcome].add();
  if (errorType !== undefined && outcome === 'error') metrics.errorOf(errorType).add();
  if (span === undefined) {
    metrics.duration.observe(seconds);
    return;
  }
  const spanContext = span.spanContext();
  const sampled = (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;
  if (!sampled || !settings().exemplars) metrics.duration.observe(seconds);
  else metrics.duration.observeIn(seconds, spanContext, wallAnchor().toEpoch(endedAt) / 1_000);
}

const unsampledOperations = new WeakMap<UnsampledScope, Operation>();

/** The operation whose work is running; undefined outside of any, and within an unsampled trace begun elsewhere. */
export function currentOperation(): Operation | undefined {
  const active = activeContext();
  if (active instanceof UnsampledScope) {
    let made = unsampledOperations.get(active);
    if (made === undefined) {
      made = new Operation(active.plan, undefined, active, settings().clock.elapsed(), undefined, undefined);
      unsampledOperations.set(active, made);
    }
    return made;
  }
  const found = active.getValue(OPERATION_KEY);
  return found instanceof Operation ? found : undefined;
}
