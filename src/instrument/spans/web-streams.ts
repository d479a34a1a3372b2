import { types } from 'node:util';
import { methodOf, shadow } from './reflection';
import type { Operation } from './operation';

/** A web ReadableStream: watched through its reader, its iterator, or the promise of `pipeTo`. */
export function watchWebStream(result: object, operation: Operation): boolean {
  if (Object.prototype.toString.call(result) !== '[object ReadableStream]') return false;
  const getReader = methodOf(result, 'getReader');
  if (getReader === undefined || Reflect.get(result, 'locked') === true) return false;
  const watched = shadow(result, 'getReader', function (this: unknown, ...args: unknown[]): unknown {
    const reader: unknown = Reflect.apply(getReader, this, args);
    if (typeof reader === 'object' && reader !== null && !operation.ended) watchReader(reader, operation);
    return reader;
  });
  if (!watched) return false;
  for (const key of ['pipeTo', 'cancel'] as const) {
    const method = methodOf(result, key);
    if (method === undefined) continue;
    shadow(result, key, function (this: unknown, ...args: unknown[]): unknown {
      const promise: unknown = Reflect.apply(method, this, args);
      if (types.isPromise(promise)) {
        promise.then(
          () => (key === 'cancel' ? operation.cancel() : operation.succeed(undefined)),
          (error: unknown) => operation.fail(error),
        );
      }
      return promise;
    });
  }
  for (const key of ['values', Symbol.asyncIterator] as const) {
    const iterate = methodOf(result, key);
    if (iterate === undefined) continue;
    shadow(result, key, function (this: unknown, ...args: unknown[]): unknown {
      const iterator: unknown = Reflect.apply(iterate, this, args);
      if (typeof iterator === 'object' && iterator !== null && !operation.ended) watchWebIterator(iterator, operation);
      return iterator;
    });
  }
  operation.watchFor(result);
  return true;
}

function watchReader(reader: object, operation: Operation): void {
  follow(reader, 'read', operation, (step) => tell(step, operation));
  follow(reader, 'cancel', operation, () => operation.cancel());
}

function watchWebIterator(iterator: object, operation: Operation): void {
  follow(iterator, 'next', operation, (step) => tell(step, operation));
  follow(iterator, 'return', operation, () => operation.cancel());
}

function follow(target: object, key: string, operation: Operation, settled: (value: unknown) => void): void {
  const method = methodOf(target, key);
  if (method === undefined) return;
  shadow(target, key, function (this: unknown, ...args: unknown[]): unknown {
    const promise: unknown = Reflect.apply(method, this, args);
    if (types.isPromise(promise)) promise.then(settled, (error: unknown) => operation.fail(error));
    return promise;
  });
}

function tell(step: unknown, operation: Operation): void {
  if (typeof step !== 'object' || step === null) return;
  if (Reflect.get(step, 'done') === true) operation.succeed(undefined);
  else operation.chunk(Reflect.get(step, 'value'));
}
