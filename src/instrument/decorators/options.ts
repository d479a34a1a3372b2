import type { Inference } from '../gen-ai/inference';
import type { InferenceRequest, InferenceResponse, ToolCall } from '../gen-ai/inference-types';
import type { Operation } from '../spans/operation';
import type { OperationOptions } from '../spans/operation-plan';
import type { Method } from '../spans/reflection';
import type { Attributes } from '@opentelemetry/api';

/**
 * Options of a decorated method. Pickers are typed by their own parameters, which must fit the method's; nothing of
 * the arguments or the result is recorded unless a picker asks for it.
 */
export interface InstrumentOptions<A extends readonly unknown[] = [], R = unknown> extends OperationOptions {
  /** Attributes from the arguments. */
  readonly pick?: (...args: A) => Attributes | undefined;
  /** Attributes from the result, or from what its promise gave. */
  readonly pickResult?: (result: R) => Attributes | undefined;
  /** The part of the arguments whose size and complexity are recorded. */
  readonly input?: (...args: A) => unknown;
  /** Sees every piece of a streamed result; must not keep it. */
  readonly onChunk?: (chunk: unknown, operation: Operation) => void;
}

/** Options of a method that calls a model. */
export interface InferenceOptions<A extends readonly unknown[] = [], R = unknown> extends InstrumentOptions<A, R> {
  readonly provider?: string;
  readonly model?: string;
  /** What of the request is to be known, from the arguments. */
  readonly request?: (...args: A) => Partial<InferenceRequest>;
  /** What the provider answered, from the result. */
  readonly response?: (result: R) => InferenceResponse;
  /** What a piece of a streamed answer tells, e.g. the usage in its last one. */
  readonly responseChunk?: (chunk: unknown, inference: Inference) => void;
}

/** Options of a method that executes a tool. */
export interface ToolOptions<A extends readonly unknown[] = [], R = unknown> extends InstrumentOptions<A, R> {
  /** The tool's name; the method's unless given. */
  readonly tool?: string;
  /** What of the call is to be known, from the arguments. */
  readonly call?: (...args: A) => Partial<ToolCall>;
}

/** Holds when pickers of `A` and `R` fit the method `T`. */
export type Fits<A extends readonly unknown[], R, T extends AnyMethod> = ((...args: A) => void) extends (
  ...args: Parameters<T>
) => void
  ? Awaited<ReturnType<T>> extends R
    ? unknown
    : { readonly error: 'pickResult takes something else than the method gives' }
  : { readonly error: 'pick takes other arguments than the method' };

/** Any method, by its type. */
export type AnyMethod = (...args: never[]) => unknown;

/**
 * Decorates a method, or a class: then all methods of its own. Both kinds of decorators can call it: TypeScript's own
 * (`experimentalDecorators`, what Nest uses) and those of the language's standard.
 */
export interface InstrumentDecorator<A extends readonly unknown[], R> {
  (target: ClassLike): void;
  <T extends AnyMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<T> & Fits<A, R, T>,
  ): void;
  (target: ClassLike, context: StandardClassContext): void;
  <T extends AnyMethod>(method: T & Fits<A, R, T>, context: StandardMethodContext): T;
}

/** What a standard decorator is told of a method, by what we need of it. */
export interface StandardMethodContext {
  readonly kind: 'method';
  readonly name: string | symbol;
  readonly static: boolean;
  addInitializer(initializer: (this: unknown) => void): void;
}

/** What a standard decorator is told of a class. */
export interface StandardClassContext {
  readonly kind: 'class';
}

/** A class, by what the decorator needs of it. */
export type ClassLike = abstract new (...args: never[]) => unknown;

/** Options as the wrapper uses them: every picker is called through `Reflect.apply` with the method's own arguments. */
export interface WideOptions extends OperationOptions {
  readonly pick?: Method;
  readonly pickResult?: Method;
  readonly input?: Method;
  readonly onChunk?: (chunk: unknown, operation: Operation) => void;
  readonly provider?: string;
  readonly model?: string;
  readonly request?: Method;
  readonly response?: Method;
  readonly responseChunk?: (chunk: unknown, inference: Inference) => void;
  readonly tool?: string;
  readonly call?: Method;
}

/** What makes a method more than a plain operation. */
export interface Special {
  readonly inference?: WideOptions;
  readonly tool?: WideOptions;
}
