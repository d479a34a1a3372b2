import type { Clock, Millis } from '../../../base/clock';

/** Someone who waits. */
export interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

interface Node<T> extends Waiter<T> {
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
}

/** A bounded first-in first-out queue of promises, each with a deadline and a signal; leaving it is O(1). */
export class WaiterQueue<T> {
  private head: Node<T> | undefined;
  private tail: Node<T> | undefined;
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly capacity: number,
  ) {}

  get size(): number {
    return this.count;
  }

  /** A promise for the next value; undefined when the queue is full. Rejects with `onTimeout()` or the signal's reason. */
  wait(
    { signal, timeout }: { readonly signal?: AbortSignal | undefined; readonly timeout: Millis },
    onTimeout: () => Error,
  ): Promise<T> | undefined {
    if (this.count >= this.capacity) return undefined;
    return new Promise<T>((resolve, reject) => {
      const settle = (then: () => void): void => {
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
        then();
      };
      const node: Node<T> = {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
        previous: this.tail,
        next: undefined,
      };
      const leave = (error: unknown): void => {
        this.remove(node);
        node.reject(error);
      };
      const onAbort = (): void => leave(signal?.reason);
      const timer = Number.isFinite(timeout) ? this.clock.schedule(timeout, () => leave(onTimeout())) : undefined;
      signal?.addEventListener('abort', onAbort, { once: true });
      this.add(node);
    });
  }

  /** Takes the one who waits longest out of the queue. */
  shift(): Waiter<T> | undefined {
    const node = this.head;
    if (node !== undefined) this.remove(node);
    return node;
  }

  rejectAll(error: unknown): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) waiter.reject(error);
  }

  private add(node: Node<T>): void {
    if (this.tail === undefined) this.head = node;
    else this.tail.next = node;
    this.tail = node;
    this.count++;
  }

  private remove(node: Node<T>): void {
    if (node !== this.head && node.previous === undefined) return;
    if (node.previous === undefined) this.head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.tail = node.previous;
    else node.next.previous = node.previous;
    node.previous = undefined;
    node.next = undefined;
    this.count--;
  }
}
