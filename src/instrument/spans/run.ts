import { ROOT_CONTEXT } from '@opentelemetry/api';
import { settings } from '../settings';
import { activeContext, runIn } from './ambient';
import { baggageAttributes } from './baggage';
import { BAGGAGE_KEY } from './context-keys';
import { Operation, childOf, recordMetrics, startOperation } from './operation';
import { settle } from './settle';
import { startSpan } from './span-source';
import { UnsampledScope } from './unsampled';
import type { OperationPlan } from './operation-plan';
import type { Method } from './reflection';
import type { Millis } from '../../base/clock';
import type { Attributes, Context } from '@opentelemetry/api';

/** What a decorator adds to a plan: hooks that look at the arguments. */
export interface CallHooks {
  /** Attributes that samplers are to see; must not throw. */
  initial?(args: readonly unknown[]): Attributes;
  /** Attributes from the arguments, for recorded spans. */
  attributes?(args: readonly unknown[]): Attributes | undefined;
  /** Sees the operation right after its start. */
  started?(operation: Operation, args: readonly unknown[]): void;
  /** Runs the method; must give back what it gives and throw what it throws. */
  around?(operation: Operation, args: readonly unknown[], run: () => unknown): unknown;
}

/**
 * Calls `method` as the operation. The result, its identity and its errors are the method's own; only what is recorded
 * is added.
 */
export function callObserved(
  plan: OperationPlan,
  hooks: CallHooks | undefined,
  fresh: boolean,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  if (hooks !== undefined || plan.resources) return callWithHooks(plan, hooks ?? {}, fresh, method, self, args);
  const parent = activeContext();
  const startedAt = settings().clock.elapsed();
  const own = parent.getValue(BAGGAGE_KEY) === undefined ? undefined : withBaggage(plan, parent);
  const span = startSpan(plan, parent, startedAt, own);
  if (span === undefined) return callUntraced(plan, startedAt, undefined, fresh, method, self, args);
  if (span instanceof UnsampledScope) return callUntraced(plan, startedAt, span, fresh, method, self, args);
  return callWithin(childOf(parent, plan, span, startedAt), fresh, method, self, args);
}

function withBaggage(plan: OperationPlan, parent: Context): Attributes {
  return { ...plan.attributes, ...baggageAttributes(parent) };
}

function callWithHooks(
  plan: OperationPlan,
  hooks: CallHooks,
  fresh: boolean,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  const attributes = { ...plan.attributes };
  if (hooks.initial !== undefined) Object.assign(attributes, hooks.initial(args));
  const operation = startOperation(plan, attributes);
  if (hooks.attributes !== undefined && operation.span?.isRecording() === true) {
    operation.guard(() => operation.setAttributes(hooks.attributes?.(args) ?? {}));
  }
  if (hooks.started !== undefined) operation.guard(() => hooks.started?.(operation, args));
  if (hooks.around === undefined) return callWithin(operation, fresh, method, self, args);
  const around = hooks.around.bind(hooks, operation, args, () => Reflect.apply(method, self, args));
  return callWithin(operation, fresh, around, undefined, []);
}

function callWithin(
  operation: Operation,
  fresh: boolean,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  let result: unknown;
  try {
    result = runIn(operation, () => Reflect.apply(method, self, args));
  } catch (error) {
    operation.fail(error);
    throw error;
  }
  return settle(result, operation, fresh);
}

/** Without a span a plain value or a promise needs no operation, only counting. */
function callUntraced(
  plan: OperationPlan,
  startedAt: Millis,
  scope: UnsampledScope | undefined,
  fresh: boolean,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  let result: unknown;
  try {
    result =
      scope === undefined ? Reflect.apply(method, self, args) : runIn(scope, () => Reflect.apply(method, self, args));
  } catch (error) {
    untraced(plan, scope, startedAt).fail(error);
    throw error;
  }
  if ((typeof result !== 'object' || result === null) && plan.thresholds.length === 0) {
    const endedAt = settings().clock.elapsed();
    recordMetrics(plan, 'ok', undefined, (endedAt - startedAt) / 1_000, undefined, endedAt);
    return result;
  }
  return settle(result, untraced(plan, scope, startedAt), fresh);
}

function untraced(plan: OperationPlan, scope: UnsampledScope | undefined, startedAt: Millis): Operation {
  return new Operation(plan, undefined, scope ?? ROOT_CONTEXT, startedAt, undefined, undefined);
}
