import type { Clock, Millis, Timer } from '../../../base/clock';

/** Someone who waits. */
export interface Waiter<T> {
  /** When the wait began, on the clock's `elapsed`. */
  readonly since: Millis;
  /** Where it began; empty when nobody wants to know. */
  readonly stack: string;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** How long to wait, and who may end the wait before. */
export interface Wait {
  readonly signal: AbortSignal | undefined;
  /** Not finite: without end. */
  readonly timeout: Millis;
  readonly since: Millis;
  readonly stack: string;
}

/** The least time between two looks at deadlines; what is due sooner waits for it. */
const LEAST_GAP: Millis = 1;

/**
 * A bounded first-in first-out queue of promises, each with a deadline and a signal; leaving it is O(1). One timer serves all
 * deadlines: it stands for the earliest it was set for, and finds out when it fires who is still there.
 */
export class WaiterQueue<T> {
  private head: Node<T> | undefined;
  private tail: Node<T> | undefined;
  private count = 0;
  /** Nobody's deadline is before that of one further ahead: a look at deadlines may stop at the first that is not due. */
  private inOrder = true;
  private timer: Timer | undefined;
  private timerDue = Infinity;

  /** @param timeoutError called for each who waited for as long as it says. */
  constructor(
    private readonly clock: Clock,
    private readonly capacity: number,
    private readonly timeoutError: (timeout: Millis) => Error,
  ) {}

  get size(): number {
    return this.count;
  }

  /** A promise for the next value; undefined when the queue is full. Rejects when the time is over, or with the signal's reason. */
  wait(wait: Wait): Promise<T> | undefined {
    if (this.count >= this.capacity) return undefined;
    return new Promise<T>((resolve, reject) => {
      const node = new Node(wait, resolve, reject);
      const { signal } = wait;
      if (signal !== undefined) {
        const onAbort = (): void => {
          this.remove(node);
          node.reject(signal.reason);
        };
        node.onAbort = onAbort;
        signal.addEventListener('abort', onAbort, { once: true });
      }
      this.add(node);
      if (node.deadline < this.timerDue) this.arm(node.deadline, node.deadline - wait.since);
    });
  }

  /** Takes the one who waits longest out of the queue. */
  shift(): Waiter<T> | undefined {
    const node = this.head;
    if (node !== undefined) this.leave(node);
    return node;
  }

  /** Empties the queue and sets no timer any more until someone waits again. */
  rejectAll(error: unknown): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.timerDue = Infinity;
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) waiter.reject(error);
  }

  private arm(due: Millis, delay: Millis): void {
    this.timer?.cancel();
    this.timerDue = due;
    this.timer = this.clock.schedule(delay, () => this.expire());
  }

  /** Ends the waits that are over; the timer then stands for the earliest of the others. */
  private expire(): void {
    this.timer = undefined;
    this.timerDue = Infinity;
    const at = this.clock.elapsed();
    let earliest = Infinity;
    for (let node = this.head; node !== undefined;) {
      const { next, deadline, timeout } = node;
      if (deadline <= at) {
        this.leave(node);
        node.reject(this.timeoutError(timeout));
      } else {
        earliest = Math.min(earliest, deadline);
        if (this.inOrder) break;
      }
      node = next;
    }
    if (earliest < this.timerDue) this.arm(earliest, Math.max(LEAST_GAP, earliest - at));
  }

  private leave(node: Node<T>): void {
    this.remove(node);
    if (node.onAbort !== undefined) node.signal?.removeEventListener('abort', node.onAbort);
  }

  private add(node: Node<T>): void {
    const { tail } = this;
    if (tail === undefined) {
      this.head = node;
      this.inOrder = true;
    } else {
      tail.next = node;
      node.previous = tail;
      if (node.deadline < tail.deadline) this.inOrder = false;
    }
    this.tail = node;
    this.count++;
  }

  /** To be called once for each. */
  private remove(node: Node<T>): void {
    if (node.previous === undefined) this.head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.tail = node.previous;
    else node.next.previous = node.previous;
    node.previous = undefined;
    node.next = undefined;
    this.count--;
  }
}

class Node<T> implements Waiter<T> {
  readonly since: Millis;
  readonly stack: string;
  readonly timeout: Millis;
  readonly deadline: Millis;
  readonly signal: AbortSignal | undefined;
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
  onAbort: (() => void) | undefined;

  constructor(
    { signal, timeout, since, stack }: Wait,
    readonly resolve: Waiter<T>['resolve'],
    readonly reject: Waiter<T>['reject'],
  ) {
    this.since = since;
    this.stack = stack;
    this.timeout = timeout;
    this.signal = signal;
    this.deadline = Number.isFinite(timeout) ? since + timeout : Infinity;
  }
}
