import { diag } from '@opentelemetry/api';
import { isMethod } from '../spans/reflection';
import { KnownOwner, LateOwner } from './owner';
import { copyTraits } from './traits';
import { wrap } from './wrap';
import type {
  InferenceOptions,
  InstrumentDecorator,
  InstrumentOptions,
  Special,
  StandardClassContext,
  StandardMethodContext,
  ToolOptions,
  WideOptions,
} from './options';
import type { Owner } from './owner';
import type { Method } from '../spans/reflection';

/**
 * Observes a method: a span and duration, call and error metrics; on a class, each of its own methods. The method stays
 * what it was in name, length, metadata, results, errors and timing. Applied twice, it observes once, with the outer
 * options before the inner ones.
 */
export function Instrument<A extends readonly unknown[] = [], R = unknown>(
  options: InstrumentOptions<A, R> | string = {},
): InstrumentDecorator<A, R> {
  return decorate(typeof options === 'string' ? { name: options } : options, {});
}

/** `@Instrument` for the stage that reads and validates a request. */
export function InstrumentParsing<A extends readonly unknown[] = [], R = unknown>(
  options: InstrumentOptions<A, R> | string = {},
): InstrumentDecorator<A, R> {
  return decorate({ ...(typeof options === 'string' ? { name: options } : options), stage: 'parsing' }, {});
}

/** `@Instrument` for the stage that makes and sends the answer. */
export function InstrumentResponse<A extends readonly unknown[] = [], R = unknown>(
  options: InstrumentOptions<A, R> | string = {},
): InstrumentDecorator<A, R> {
  return decorate({ ...(typeof options === 'string' ? { name: options } : options), stage: 'response' }, {});
}

/**
 * `@Instrument` for a method that calls a model: the span and metrics of the GenAI conventions, with tokens and cost.
 * Within, `recordUsage` tells the tokens where they are known.
 */
export function InstrumentInference<A extends readonly unknown[] = [], R = unknown>(
  options: InferenceOptions<A, R> | string = {},
): InstrumentDecorator<A, R> {
  const given: InferenceOptions<A, R> = typeof options === 'string' ? { name: options } : options;
  return decorate({ kind: 'client', ...given, stage: 'inference' }, { inference: widen(given) });
}

/** `@Instrument` for a method that executes a tool. */
export function InstrumentTool<A extends readonly unknown[] = [], R = unknown>(
  options: ToolOptions<A, R> | string = {},
): InstrumentDecorator<A, R> {
  const given: ToolOptions<A, R> = typeof options === 'string' ? { tool: options } : options;
  return decorate({ ...given, stage: 'tool' }, { tool: widen(given) });
}

interface Wrapped {
  readonly original: Method;
  readonly options: WideOptions;
  readonly special: Special;
}

/** What was wrapped, by its wrapper: to observe once what is decorated twice. */
const wrappers = new WeakMap<object, Wrapped>();

function widen(options: WideOptions): WideOptions {
  return options;
}

function decorate<A extends readonly unknown[], R>(options: WideOptions, special: Special): InstrumentDecorator<A, R>;
function decorate(options: WideOptions, special: Special): (...given: readonly unknown[]) => unknown {
  return (target, second, descriptor) => {
    if (isStandardContext(second)) return decorateStandard(target, second, options, special);
    if (!isObject(target)) return undefined;
    if (second === undefined) decorateClass(target, options, special);
    else if (isKey(second) && isDescriptor(descriptor)) decorateMethod(target, second, descriptor, options, special);
    return undefined;
  };
}

/** Gives back what is to stand in the decorated thing's place; undefined leaves it. */
function decorateStandard(
  target: unknown,
  context: StandardMethodContext | StandardClassContext,
  options: WideOptions,
  special: Special,
): unknown {
  if (context.kind === 'class') {
    if (isObject(target)) decorateClass(target, options, special);
    return undefined;
  }
  if (context.kind !== 'method' || !isMethod(target)) {
    diag.warn('telltale: only methods and classes can be instrumented');
    return undefined;
  }
  // The class is not known yet: whoever is constructed first leads to it.
  const owner = new LateOwner(context.static);
  const wrapper = observe(target, context.name, options, special, owner);
  context.addInitializer(function () {
    owner.learn(this, context.name, wrapper);
  });
  return wrapper;
}

function decorateClass(target: object, options: WideOptions, special: Special): void {
  const prototype: unknown = Reflect.get(target, 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return;
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === 'constructor') continue;
    const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
    if (descriptor === undefined || !isMethod(descriptor.value) || descriptor.configurable !== true) continue;
    if (wrappers.has(descriptor.value)) continue;
    const { name, ...others } = options;
    const named = name === undefined ? others : { ...others, name: `${name}.${String(key)}` };
    decorateMethod(prototype, key, descriptor, named, special);
    Reflect.defineProperty(prototype, key, descriptor);
  }
}

function decorateMethod(
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor,
  options: WideOptions,
  special: Special,
): void {
  const method: unknown = descriptor.value;
  if (!isMethod(method)) return;
  descriptor.value = observe(method, key, options, special, new KnownOwner(ownerName(target)));
}

/** The observed form of a method, which looks like it; of what is observed already, one with both's options. */
function observe(method: Method, key: string | symbol, options: WideOptions, special: Special, owner: Owner): Method {
  const inner = wrappers.get(method);
  const wrapped: Wrapped =
    inner === undefined
      ? { original: method, options, special }
      : {
          original: inner.original,
          options: { ...inner.options, ...options },
          special: { ...inner.special, ...special },
        };
  const wrapper = wrap(wrapped.original, wrapped.options, wrapped.special, owner, key);
  copyTraits(method, wrapper);
  wrappers.set(wrapper, wrapped);
  return wrapper;
}

function ownerName(target: object): string {
  const owner: unknown = typeof target === 'function' ? target : Reflect.get(target, 'constructor');
  return typeof owner === 'function' ? owner.name : '';
}

function isStandardContext(value: unknown): value is StandardMethodContext | StandardClassContext {
  return isObject(value) && 'kind' in value && 'name' in value;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isKey(value: unknown): value is string | symbol {
  return typeof value === 'string' || typeof value === 'symbol';
}

function isDescriptor(value: unknown): value is PropertyDescriptor {
  return isObject(value);
}
