import { Inference, insideInference } from '../gen-ai/inference';
import { inferenceSpanName, requestAttributes, toolAttributes } from '../gen-ai/inference-attributes';
import { watchTool } from '../gen-ai/with-inference';
import { recordInput } from '../spans/input';
import { isAsyncFunction } from '../spans/helpers';
import { OperationPlan } from '../spans/operation-plan';
import { callObserved } from '../spans/run';
import type { Special, WideOptions } from './options';
import type { Owner } from './owner';
import type { InferenceRequest, InferenceResponse, ToolCall } from '../gen-ai/inference-types';
import type { Operation } from '../spans/operation';
import type { Method } from '../spans/reflection';
import type { CallHooks } from '../spans/run';
import type { Attributes } from '@opentelemetry/api';

/** The observed form of a method: calls it with the same `this` and arguments, and gives back what it gives. */
export function wrap(
  original: Method,
  options: WideOptions,
  special: Special,
  owner: Owner,
  key: string | symbol,
): Method {
  const method = typeof key === 'symbol' ? (key.description ?? 'symbol') : key;
  const fresh = isAsyncFunction(original);
  const hooks = hooksOf(options, special, method);
  let plan = owner.name === undefined ? undefined : planOf(options, special, owner.name, method);
  // Of a method that is called before there is any instance of its class.
  let nameless: OperationPlan | undefined;
  const findPlan = (): OperationPlan =>
    owner.name === undefined
      ? (nameless ??= planOf(options, special, '', method))
      : (plan = planOf(options, special, owner.name, method));
  const holder = {
    // A method has no prototype and cannot be constructed, like what it stands for.
    method(this: unknown, ...args: unknown[]): unknown {
      return callObserved(plan ?? findPlan(), hooks, fresh, original, this, args);
    },
  };
  return holder.method;
}

function planOf(options: WideOptions, special: Special, owner: string, method: string): OperationPlan {
  const place = owner === '' ? method : `${owner}.${method}`;
  return new OperationPlan(nameOf(options, special, place, method), {
    ...options,
    operation: options.operation ?? operationOf(options, special, place, method),
    attributes: { 'code.function.name': place, ...options.attributes },
  });
}

function nameOf(options: WideOptions, special: Special, place: string, method: string): string {
  if (options.name !== undefined) return options.name;
  if (special.tool !== undefined) return `execute_tool ${special.tool.tool ?? method}`;
  if (special.inference !== undefined && special.inference.model !== undefined) {
    return inferenceSpanName(requestOf(special.inference, []));
  }
  return place;
}

function operationOf(options: WideOptions, special: Special, place: string, method: string): string {
  if (special.tool !== undefined) return special.tool.tool ?? method;
  return options.name ?? place;
}

function hooksOf(options: WideOptions, special: Special, method: string): CallHooks | undefined {
  const { pick, pickResult, input, onChunk } = options;
  const { inference, tool } = special;
  const plain = pick === undefined && pickResult === undefined && input === undefined && onChunk === undefined;
  if (plain && inference === undefined && tool === undefined) return undefined;
  return {
    ...(inference === undefined && tool === undefined
      ? {}
      : { initial: (args) => initialAttributes(inference, tool, method, args) }),
    ...(pick === undefined ? {} : { attributes: (args) => toAttributes(Reflect.apply(pick, undefined, [...args])) }),
    started: (operation, args) => {
      if (input !== undefined)
        operation.guard(() => recordInput(operation, Reflect.apply(input, undefined, [...args])));
      if (onChunk !== undefined) operation.onChunk = (chunk) => onChunk(chunk, operation);
      if (pickResult !== undefined) {
        operation.onResult = (result) => {
          operation.setAttributes(toAttributes(Reflect.apply(pickResult, undefined, [result])) ?? {});
        };
      }
      if (tool !== undefined) startTool(operation, tool, method, args);
    },
    ...(inference === undefined
      ? {}
      : {
          around: (operation, args, run) => insideInference(startInference(operation, inference, options, args), run),
        }),
  };
}

function initialAttributes(
  inference: WideOptions | undefined,
  tool: WideOptions | undefined,
  method: string,
  args: readonly unknown[],
): Attributes {
  return {
    ...(inference === undefined ? {} : requestAttributes(requestOf(inference, args))),
    ...(tool === undefined ? {} : toolAttributes(callOf(tool, method, args))),
  };
}

function startInference(
  operation: Operation,
  inference: WideOptions,
  options: WideOptions,
  args: readonly unknown[],
): Inference {
  const request = requestOf(inference, args);
  const observed = new Inference(operation, request);
  if (options.name === undefined && request.model !== undefined) operation.span?.updateName(inferenceSpanName(request));
  const { responseChunk, response } = inference;
  const { onChunk } = options;
  if (responseChunk !== undefined || onChunk !== undefined) {
    operation.onChunk = (chunk) => {
      observed.chunk();
      responseChunk?.(chunk, observed);
      onChunk?.(chunk, operation);
    };
  }
  if (response !== undefined) {
    const before = operation.onResult;
    operation.onResult = (result) => {
      before?.(result);
      if (result === undefined || operation.chunks > 0) return;
      const answered: unknown = Reflect.apply(response, undefined, [result]);
      if (isObject<InferenceResponse>(answered)) observed.response(answered);
    };
  }
  return observed;
}

function startTool(operation: Operation, tool: WideOptions, method: string, args: readonly unknown[]): void {
  const before = operation.onResult;
  watchTool(operation, callOf(tool, method, args));
  const after = operation.onResult;
  if (before !== undefined) {
    operation.onResult = (result) => {
      before(result);
      after?.(result);
    };
  }
}

function requestOf(inference: WideOptions, args: readonly unknown[]): Partial<InferenceRequest> {
  const picked = inference.request === undefined ? undefined : attempt(inference.request, args);
  return {
    ...(inference.provider === undefined ? {} : { provider: inference.provider }),
    ...(inference.model === undefined ? {} : { model: inference.model }),
    ...(isObject<Partial<InferenceRequest>>(picked) ? picked : {}),
  };
}

function callOf(tool: WideOptions, method: string, args: readonly unknown[]): ToolCall {
  const picked = tool.call === undefined ? undefined : attempt(tool.call, args);
  return { name: tool.tool ?? method, ...(isObject<Partial<ToolCall>>(picked) ? picked : {}) };
}

/** A picker that fails gives nothing; the call it watches goes on. */
function attempt(picker: Method, args: readonly unknown[]): unknown {
  try {
    return Reflect.apply(picker, undefined, [...args]);
  } catch {
    return undefined;
  }
}

function toAttributes(value: unknown): Attributes | undefined {
  return isObject<Attributes>(value) ? value : undefined;
}

/** The user's pickers are typed where they are written; here only that they gave an object is left to check. */
function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null;
}
