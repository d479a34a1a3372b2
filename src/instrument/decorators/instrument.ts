import { isMethod } from '../spans/reflection';
import { copyTraits } from './traits';
import { wrap } from './wrap';
import type {
  InferenceOptions,
  InstrumentDecorator,
  InstrumentOptions,
  Special,
  ToolOptions,
  WideOptions,
} from './options';
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

function decorate<A extends readonly unknown[], R>(options: WideOptions, special: Special): InstrumentDecorator<A, R> {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) decorateClass(target, options, special);
    else if (descriptor !== undefined) decorateMethod(target, key, descriptor, options, special);
  };
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
  const inner = wrappers.get(method);
  const wrapped: Wrapped =
    inner === undefined
      ? { original: method, options, special }
      : {
          original: inner.original,
          options: { ...inner.options, ...options },
          special: { ...inner.special, ...special },
        };
  const wrapper = wrap(wrapped.original, wrapped.options, wrapped.special, ownerName(target), key);
  copyTraits(method, wrapper);
  wrappers.set(wrapper, wrapped);
  descriptor.value = wrapper;
}

function ownerName(target: object): string {
  const owner: unknown = typeof target === 'function' ? target : Reflect.get(target, 'constructor');
  return typeof owner === 'function' ? owner.name : '';
}
