import { types } from 'node:util';
import { methodOf } from './reflection';
import { watchStream } from './streams';
import type { Operation } from './operation';
import type { Method } from './reflection';

const promiseThen = Reflect.get(Promise.prototype, 'then');

/**
 * Lets the operation end when `result` is really over: at once for plain values, on settlement for promises, at the end
 * of the stream for iterators, generators, Observables and Node or web streams. The result is given back as it is.
 *
 * With `fresh`, a promise that nobody else can hold (an async function's) is followed by one that rejects with it, so
 * that a rejection nobody handles is reported by Node as without us. Any other promise keeps its identity instead.
 */
export function settle<T>(result: T, operation: Operation, fresh: boolean): T;
export function settle(result: unknown, operation: Operation, fresh: boolean): unknown {
  if (result === null || (typeof result !== 'object' && typeof result !== 'function')) {
    operation.succeed(result);
    return result;
  }
  if (result instanceof Promise && result.then === promiseThen) return settlePromise(result, operation, fresh);
  if (typeof result === 'function') {
    operation.succeed(result);
    return result;
  }
  const then = methodOf(result, 'then');
  if (then !== undefined) {
    if (types.isPromise(result) && isNative(then)) return settlePromise(result, operation, false);
    settleThenable(result, then, operation);
    return result;
  }
  if (!watchStream(result, operation)) operation.succeed(result);
  return result;
}

function settlePromise(promise: Promise<unknown>, operation: Operation, fresh: boolean): Promise<unknown> {
  const done = (value: unknown): unknown => {
    settleValue(value, operation);
    return value;
  };
  if (fresh) {
    return promise.then(done, (error: unknown) => {
      operation.fail(error);
      throw error;
    });
  }
  promise.then(done, (error: unknown) => operation.fail(error));
  return promise;
}

/** A promise's value may itself be a stream that is not over yet. */
function settleValue(value: unknown, operation: Operation): void {
  if (typeof value !== 'object' || value === null || !watchStream(value, operation)) operation.succeed(value);
}

/** A thenable may start its work only when asked, as query builders do: it is watched when its user asks, never before. */
function settleThenable(thenable: object, then: Method, operation: Operation): void {
  const watched = Reflect.defineProperty(thenable, 'then', {
    configurable: true,
    enumerable: false,
    writable: true,
    value(this: unknown, onFulfilled?: unknown, onRejected?: unknown): unknown {
      const fulfilled = (value: unknown): unknown => {
        settleValue(value, operation);
        return typeof onFulfilled === 'function' ? Reflect.apply(onFulfilled, undefined, [value]) : value;
      };
      const rejected = (error: unknown): unknown => {
        operation.fail(error);
        if (typeof onRejected === 'function') return Reflect.apply(onRejected, undefined, [error]);
        throw error;
      };
      return operation.within(() => Reflect.apply(then, this, [fulfilled, rejected]));
    },
  });
  if (watched) operation.watchFor(thenable);
  else operation.succeed(thenable);
}

const nativeThens = new WeakSet<object>();

/** A promise of another realm (a worker's, a sandbox's) has another `then` that is native too. */
function isNative(then: Method): boolean {
  if (nativeThens.has(then)) return true;
  if (!/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(then))) return false;
  nativeThens.add(then);
  return true;
}
