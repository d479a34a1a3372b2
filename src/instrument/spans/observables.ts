import { methodOf, shadow } from './reflection';
import type { Operation } from './operation';

/**
 * An rxjs Observable, known by its methods so that rxjs need not be installed: its first subscription is the stream.
 * A subscription that is dropped cancels.
 */
export function watchObservable(result: object, operation: Operation): boolean {
  const subscribe = methodOf(result, 'subscribe');
  if (subscribe === undefined || methodOf(result, 'pipe') === undefined || methodOf(result, 'forEach') === undefined) {
    return false;
  }
  let taken = false;
  const watched = shadow(result, 'subscribe', function (this: unknown, ...args: unknown[]): unknown {
    if (taken || operation.ended) return Reflect.apply(subscribe, this, args);
    taken = true;
    const subscription = operation.within(() => Reflect.apply(subscribe, this, observed(args, operation)));
    if (typeof subscription === 'object' && subscription !== null) {
      const add = methodOf(subscription, 'add');
      if (add !== undefined) Reflect.apply(add, subscription, [() => operation.cancel()]);
    }
    return subscription;
  });
  if (watched) operation.watchFor(result);
  return watched;
}

/** The arguments of `subscribe` with an observer that tells the operation first. */
function observed(args: readonly unknown[], operation: Operation): unknown[] {
  const [first] = args;
  if (typeof first === 'object' && first !== null) {
    if (methodOf(first, 'add') !== undefined && methodOf(first, 'unsubscribe') !== undefined) {
      return observeSubscriber(first, args, operation);
    }
    return [
      observer(
        operation,
        (value) => callMethod(first, 'next', value),
        methodOf(first, 'error') === undefined ? undefined : (error) => callMethod(first, 'error', error),
        () => callMethod(first, 'complete'),
      ),
    ];
  }
  return [
    observer(
      operation,
      (value) => callFunction(first, value),
      typeof args[1] === 'function' ? (error) => callFunction(args[1], error) : undefined,
      () => callFunction(args[2]),
    ),
  ];
}

/** rxjs passes its own subscribers through and ties tear-down to them: they are watched in place. */
function observeSubscriber(subscriber: object, args: readonly unknown[], operation: Operation): unknown[] {
  const watch = (key: 'next' | 'error' | 'complete', tell: (value: unknown) => void): void => {
    const method = methodOf(subscriber, key);
    if (method === undefined) return;
    shadow(subscriber, key, function (this: unknown, ...values: unknown[]): unknown {
      tell(values[0]);
      return Reflect.apply(method, this, values);
    });
  };
  watch('next', (value) => operation.chunk(value));
  watch('error', (error) => operation.fail(error));
  watch('complete', () => operation.succeed(undefined));
  return [...args];
}

function observer(
  operation: Operation,
  next: (value: unknown) => void,
  error: ((error: unknown) => void) | undefined,
  complete: () => void,
): object {
  return {
    next: (value: unknown) => {
      operation.chunk(value);
      next(value);
    },
    error: (thrown: unknown) => {
      operation.fail(thrown);
      // Thrown on, rxjs reports it as it does any error that no one handles.
      if (error === undefined) throw thrown;
      error(thrown);
    },
    complete: () => {
      operation.succeed(undefined);
      complete();
    },
  };
}

function callMethod(target: object, key: string, ...args: unknown[]): void {
  const method = methodOf(target, key);
  if (method !== undefined) Reflect.apply(method, target, args);
}

function callFunction(target: unknown, ...args: unknown[]): void {
  if (typeof target === 'function') Reflect.apply(target, undefined, args);
}
