import { errorMonitor } from 'node:events';
import { types } from 'node:util';
import { watchObservable } from './observables';
import { methodOf, shadow } from './reflection';
import { watchWebStream } from './web-streams';
import type { Operation } from './operation';
import type { Method } from './reflection';

/**
 * When `result` is a stream of any known kind, watches it, so that the operation ends with it: at its end, on its error,
 * when its consumer stops early, or when nobody can read it any more. False for anything else. What the caller sees
 * of the object stays the same.
 */
export function watchStream(result: object, operation: Operation): boolean {
  if (isNodeReadable(result)) return watchNodeStream(result, operation);
  if (watchObservable(result, operation)) return true;
  if (watchWebStream(result, operation)) return true;
  const next = methodOf(result, 'next');
  if (next !== undefined) {
    if (methodOf(result, Symbol.asyncIterator) !== undefined) return watchIterator(result, next, operation);
    return types.isGeneratorObject(result) ? watchIterator(result, next, operation) : false;
  }
  const iterate = methodOf(result, Symbol.asyncIterator);
  return iterate === undefined ? false : watchIterable(result, Symbol.asyncIterator, iterate, operation);
}

/** Generators and async iterators, whether they give steps or promises of steps. */
function watchIterator(iterator: object, next: Method, operation: Operation): boolean {
  const finish = (step: unknown): void => {
    if (typeof step !== 'object' || step === null) return;
    if (Reflect.get(step, 'done') === true) operation.succeed(Reflect.get(step, 'value'));
    else operation.chunk(Reflect.get(step, 'value'));
  };
  const step = (method: Method, self: unknown, args: readonly unknown[], settled: (step: unknown) => void): unknown => {
    let given: unknown;
    try {
      given = operation.within(() => Reflect.apply(method, self, [...args]));
    } catch (error) {
      operation.fail(error);
      throw error;
    }
    if (types.isPromise(given)) given.then(settled, (error: unknown) => operation.fail(error));
    else settled(given);
    return given;
  };
  const watched = shadow(iterator, 'next', function (this: unknown, ...args: unknown[]): unknown {
    return operation.ended ? Reflect.apply(next, this, args) : step(next, this, args, finish);
  });
  if (!watched) return false;
  const stop = methodOf(iterator, 'return');
  if (stop !== undefined) {
    shadow(iterator, 'return', function (this: unknown, ...args: unknown[]): unknown {
      return operation.ended ? Reflect.apply(stop, this, args) : step(stop, this, args, () => operation.cancel());
    });
  }
  const raise = methodOf(iterator, 'throw');
  if (raise !== undefined) {
    shadow(iterator, 'throw', function (this: unknown, ...args: unknown[]): unknown {
      return operation.ended ? Reflect.apply(raise, this, args) : step(raise, this, args, finish);
    });
  }
  operation.watchFor(iterator);
  return true;
}

/**
 * An object that gives async iterators by the method `key`, as the streams of model clients do: the first iterator is
 * the stream.
 */
export function watchIterable(iterable: object, key: string | symbol, iterate: Method, operation: Operation): boolean {
  let taken = false;
  const watched = shadow(iterable, key, function (this: unknown, ...args: unknown[]): unknown {
    const iterator = operation.within(() => Reflect.apply(iterate, this, args));
    if (taken || operation.ended || typeof iterator !== 'object' || iterator === null) return iterator;
    taken = true;
    const next = methodOf(iterator, 'next');
    if (next !== undefined) watchIterator(iterator, next, operation);
    return iterator;
  });
  if (watched) operation.watchFor(iterable);
  return watched;
}

function isNodeReadable(value: object): boolean {
  return (
    methodOf(value, 'pipe') !== undefined &&
    methodOf(value, 'on') !== undefined &&
    methodOf(value, 'read') !== undefined
  );
}

function watchNodeStream(stream: object, operation: Operation): boolean {
  const once = methodOf(stream, 'once');
  if (once === undefined) return false;
  if (Reflect.get(stream, 'readableEnded') === true || Reflect.get(stream, 'destroyed') === true) return false;
  // `errorMonitor` sees errors without counting as a handler of them; `end` does not start the flow as `data` would.
  const listen = (event: string | symbol, listener: (error?: unknown) => void): unknown =>
    Reflect.apply(once, stream, [event, listener]);
  listen('end', () => operation.succeed(undefined));
  listen(errorMonitor, (error) => operation.fail(error));
  listen('close', () => operation.cancel());
  const push = methodOf(stream, 'push');
  if (push !== undefined) {
    shadow(stream, 'push', function (this: unknown, ...args: unknown[]): unknown {
      if (args[0] !== null) operation.chunk(args[0]);
      return Reflect.apply(push, this, args);
    });
  }
  operation.watchFor(stream);
  return true;
}

/** A Node writable, such as the response of an SSE route: over when all was written, cancelled when it closes before. */
export function watchWritable(stream: object, operation: Operation): boolean {
  const once = methodOf(stream, 'once');
  const write = methodOf(stream, 'write');
  if (once === undefined || write === undefined) return false;
  if (Reflect.get(stream, 'writableFinished') === true || Reflect.get(stream, 'destroyed') === true) return false;
  const listen = (event: string | symbol, listener: (error?: unknown) => void): unknown =>
    Reflect.apply(once, stream, [event, listener]);
  listen('finish', () => operation.succeed(undefined));
  listen(errorMonitor, (error) => operation.fail(error));
  listen('close', () => operation.cancel());
  shadow(stream, 'write', function (this: unknown, ...args: unknown[]): unknown {
    operation.chunk(args[0]);
    return Reflect.apply(write, this, args);
  });
  operation.watchFor(stream);
  return true;
}
