import { TraceFlags, trace } from '@opentelemetry/api';
import { SPAN_KEY } from './context-keys';
import type { OperationPlan } from './operation-plan';
import type { SpanIds } from './span-ids';
import type { Context, Span, SpanContext } from '@opentelemetry/api';

/**
 * The context within a trace that begins unsampled: says so to whoever looks, and makes up its ids only then, which for
 * most calls is never.
 */
export class UnsampledScope implements Context {
  private made: Span | undefined;

  constructor(
    private readonly base: Context,
    readonly plan: OperationPlan,
    private readonly ids: SpanIds,
    private readonly traceId: string | undefined,
    private readonly traceState: SpanContext['traceState'] | undefined,
  ) {}

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.span : this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.base.setValue(SPAN_KEY, this.span).setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.base.setValue(SPAN_KEY, this.span).deleteValue(key);
  }

  /** A span that records nothing. */
  get span(): Span {
    return (this.made ??= trace.wrapSpanContext({
      traceId: this.traceId ?? this.ids.traceId(),
      spanId: this.ids.spanId(),
      traceFlags: TraceFlags.NONE,
      ...(this.traceState === undefined ? {} : { traceState: this.traceState }),
    }));
  }
}
