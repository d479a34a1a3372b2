import { context } from '@opentelemetry/api';
import { settings } from '../settings';
import { childOf, recordMetrics, startOperation } from './operation';
import { settle } from './settle';
import { startSpan } from './span-source';
import type { Operation } from './operation';
import type { OperationPlan } from './operation-plan';
import type { Method } from './reflection';
import type { Attributes } from '@opentelemetry/api';

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
  if (hooks !== undefined) return callWithHooks(plan, hooks, fresh, method, self, args);
  const parent = context.active();
  const startedAt = settings().clock.elapsed();
  const span = startSpan(
    { name: plan.name, kind: plan.kind, attributes: { ...plan.attributes }, links: [...plan.links], root: plan.root },
    parent,
    startedAt,
  );
  if (span === undefined && !plan.resources) return callUntraced(plan, startedAt, fresh, method, self, args);
  const operation = childOf(parent, plan, span, startedAt);
  return callWithin(operation, fresh, method, self, args);
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
  const around = hooks.around.bind(hooks, operation, args, () => apply(method, self, args));
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
    result = context.with(operation, apply, undefined, method, self, args);
  } catch (error) {
    operation.fail(error);
    throw error;
  }
  return settle(result, operation, fresh);
}

/** Without a span a plain value needs no operation at all, and the context stays as it is. */
function callUntraced(
  plan: OperationPlan,
  startedAt: number,
  fresh: boolean,
  method: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  let result: unknown;
  try {
    result = apply(method, self, args);
  } catch (error) {
    childOf(context.active(), plan, undefined, startedAt).fail(error);
    throw error;
  }
  if (typeof result !== 'object' || result === null) {
    const endedAt = settings().clock.elapsed();
    if (plan.thresholds.length === 0) {
      recordMetrics(plan, 'ok', undefined, (endedAt - startedAt) / 1_000, undefined, endedAt);
      return result;
    }
  }
  return settle(result, childOf(context.active(), plan, undefined, startedAt), fresh);
}

function apply(method: Method, self: unknown, args: readonly unknown[]): unknown {
  return Reflect.apply(method, self, args);
}
