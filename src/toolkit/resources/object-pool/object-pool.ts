import { systemClock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { ClosedError, PoolTimeoutError, QueueFullError, ResourceFailedError, ToolkitOptionsError } from '../../errors';
import { monitorStats } from '../../shared/pool-telemetry';
import { recordDecision, toolkitTelemetry } from '../../shared/telemetry';
import { WaiterQueue } from './waiter-queue';
import { LeakWatch } from './leak-watch';
import { DONE, Entry, PoolLease } from './lease';
import type { Attributes } from '@opentelemetry/api';
import type { Clock, Millis, Timer } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';
import type { PoolInstruments, PoolStats } from '../../shared/pool-telemetry';
import type { Claim, Leak } from './leak-watch';
import type { Lease, LeaseOwner } from './lease';

/** How a pool makes, keeps and lends its resources. */
export interface ObjectPoolOptions<T> {
  /** Names the pool in metrics and errors. */
  readonly name: string;
  create(): Promise<T> | T;
  destroy?(value: T): Promise<void> | void;
  /** Asked before an idle resource is lent; false or a throw destroys it and another is taken. */
  validate?(value: T): Promise<boolean> | boolean;
  /** Runs when a resource comes back; a throw destroys it. */
  reset?(value: T): Promise<void> | void;
  /** Kept even when idle; default 0. */
  readonly min?: number;
  /** Never exceeded, those being made or destroyed included; default 10. */
  readonly max?: number;
  /** Callers that may wait; more are refused at once. Default 1,000. */
  readonly maxWaiters?: number;
  /** How long a caller waits at most; default 5 s. */
  readonly acquireTimeout?: Millis;
  /** Idle resources above `min` are destroyed after this; default 30 s. */
  readonly idleTimeout?: Millis;
  /** A resource is not lent again once this old. */
  readonly maxAge?: Millis;
  /** A resource is not lent again after so many uses. */
  readonly maxUses?: number;
  /** A lease held longer is reported once, with the stack that acquired it. Off by default: the stack costs a few µs. */
  readonly leakAfter?: Millis;
  onLeak?(leak: Leak): void;
  readonly clock?: Clock;
  readonly telemetry?: Telemetry;
}

/** How one caller asks. */
export interface AcquireOptions {
  readonly signal?: AbortSignal;
  /** Overrides the pool's `acquireTimeout`. */
  readonly timeout?: Millis;
}

const NO_OPTIONS: AcquireOptions = {};

/**
 * Lends resources to one caller at a time: never more than `max` exist, callers are served in the order in which they
 * asked, and whatever fails (making, validating, resetting) costs that resource only. While something is idle, lending and giving
 * back happen within the call: no timer, nothing waited for.
 */
export class ObjectPool<T> implements AsyncDisposable {
  private readonly idle: Entry<T>[] = [];
  private readonly waiters: WaiterQueue<Lease<T>>;
  private readonly leaks: LeakWatch<Entry<T>>;
  private readonly clock: Clock;
  private readonly instruments: PoolInstruments;
  private readonly min: number;
  private readonly max: number;
  private readonly maxAge: Millis;
  private readonly maxUses: number;
  private readonly waitDecision: Attributes;
  private readonly leaseOwner: LeaseOwner<T> = {
    takeBack: (entry, claim, broken) => this.takeBack(entry, claim, broken),
  };
  private size = 0;
  private lent = 0;
  /** Resources under way to whoever waits longest by then. */
  private making = 0;
  private validating = 0;
  private closed = false;
  private sweep: Timer | undefined;
  private drained: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  /** @throws ToolkitOptionsError */
  constructor(private readonly options: ObjectPoolOptions<T>) {
    const { name, leakAfter } = options;
    this.min = options.min ?? 0;
    this.max = options.max ?? 10;
    if (!Number.isInteger(this.max) || this.max < 1 || this.min < 0 || this.min > this.max) {
      throw new ToolkitOptionsError(`pool "${name}": 0 ≤ min ≤ max and 1 ≤ max are wanted`);
    }
    this.maxAge = options.maxAge ?? Infinity;
    this.maxUses = options.maxUses ?? Infinity;
    this.clock = options.clock ?? systemClock;
    this.waitDecision = { 'telltale.pool': name, 'telltale.pool.max': this.max };
    this.instruments = monitorStats(options.telemetry ?? toolkitTelemetry, name, () => this.stats);
    this.waiters = new WaiterQueue(this.clock, options.maxWaiters ?? 1_000, (timeout) => {
      this.instruments.timedOut();
      return new PoolTimeoutError(`pool "${name}": none of ${this.max} became free in ${timeout} ms`);
    });
    const onLeak = (leak: Leak): void => {
      this.instruments.leaked();
      options.onLeak?.(leak);
    };
    this.leaks = new LeakWatch(name, this.clock, leakAfter, onLeak, (entry) => {
      this.lent--;
      void this.discardAndServe(entry);
    });
  }

  get stats(): PoolStats {
    const { size, max } = this;
    return { size, idle: this.idle.length, inUse: this.lent, waiters: this.waiters.size, max };
  }

  /**
   * Borrows a resource.
   * @throws PoolTimeoutError, QueueFullError, ClosedError, ResourceFailedError, or the signal's reason
   */
  acquire(options: AcquireOptions = NO_OPTIONS): Promise<Lease<T>> {
    try {
      const stack = this.leaks.stackAbove(this.acquire);
      const lease = this.lendIdle(options, stack);
      return lease === undefined ? this.queue(options, stack) : Promise.resolve(lease);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Borrows a resource for the time of `work`; a throw of `work` does not destroy the resource. When one is idle, and `work` gives no
   * promise, all of it happens within the call.
   * @throws as `acquire`, and what `work` throws
   */
  async use<R>(work: (value: T) => Promise<R> | R, options: AcquireOptions = NO_OPTIONS): Promise<R> {
    const lease = this.lendIdle(options, this.leaks.stackAbove(this.use)) ?? (await this.acquire(options));
    try {
      const result = work(lease.value);
      return isThenable(result) ? await result : result;
    } finally {
      const ended = lease.release();
      if (ended !== DONE) await ended;
    }
  }

  /** Makes resources until so many exist, at most `max`; resolves with how many were made. @throws ResourceFailedError */
  async warmUp(count = this.min): Promise<number> {
    let made = 0;
    for (; !this.closed && this.size < Math.min(count, this.max); made++) {
      this.rest(await this.make());
      this.serve();
    }
    this.armSweep();
    return made;
  }

  /** Refuses new callers and those who wait, waits until all leases are back, destroys everything. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  private async shutDown(): Promise<void> {
    this.closed = true;
    this.waiters.rejectAll(new ClosedError(`pool "${this.options.name}" was closed`));
    this.sweep?.cancel();
    this.leaks.stop();
    await Promise.all(this.idle.splice(0).map((entry) => this.discard(entry)));
    if (this.size > 0) await new Promise<void>((resolve) => (this.drained = resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private takeBack(entry: Entry<T>, claim: Claim, broken: boolean): Promise<void> {
    this.lent--;
    this.leaks.end(entry, claim);
    if (broken || this.closed || this.isWornOut(entry)) return this.discardAndServe(entry);
    const reset = this.isReset(entry);
    if (reset === true) this.giveOn(entry);
    else if (reset === false) return this.discardAndServe(entry);
    else return reset.then((good) => (good ? this.giveOn(entry) : this.discardAndServe(entry)));
    return DONE;
  }

  /**
   * A lease at once, when nobody waits and something is idle and fit; else undefined.
   * @throws ClosedError, or the signal's reason
   */
  private lendIdle({ signal }: AcquireOptions, stack: string): PoolLease<T> | undefined {
    signal?.throwIfAborted();
    if (this.closed) throw new ClosedError(`pool "${this.options.name}" is closed`);
    while (this.waiters.size === 0) {
      const entry = this.idle.pop();
      if (entry === undefined) return undefined;
      // Without a check no time passes.
      const asked = this.options.validate === undefined ? undefined : this.clock.elapsed();
      const fit = this.isFit(entry);
      if (fit === true) return this.lend(entry, asked, stack);
      if (fit === false) void this.discardAndServe(entry);
      else {
        void this.serveWhenFit(entry, fit);
        return undefined;
      }
    }
    return undefined;
  }

  /** A lease later, after all who asked before. */
  private queue(
    { signal, timeout = this.options.acquireTimeout ?? 5_000 }: AcquireOptions,
    stack: string,
  ): Promise<Lease<T>> {
    const since = this.clock.elapsed();
    // Those for whom a resource is under way need none of what is free.
    const unserved = this.waiters.size - this.making - this.validating;
    const isExhausted = unserved >= this.idle.length + this.max - this.size;
    const lease = this.waiters.wait({ signal, timeout, since, stack });
    if (isExhausted) this.instruments.exhausted();
    if (lease === undefined) {
      this.instruments.timedOut();
      throw new QueueFullError(`pool "${this.options.name}": ${this.waiters.size} callers wait already`);
    }
    if (isExhausted) recordDecision('pool.wait', this.waitDecision);
    this.serve();
    return lease;
  }

  /** Lends to those who wait what is idle, and makes more while there is room. */
  private serve(): void {
    while (!this.closed) {
      const waiting = this.waiters.size;
      if (waiting > this.validating && this.idle.length > 0) this.serveIdle();
      else if (waiting > this.validating + this.making && this.size < this.max) void this.serveNew();
      else return;
    }
  }

  private serveIdle(): void {
    const entry = this.idle.pop();
    if (entry === undefined) return;
    const fit = this.isFit(entry);
    if (fit === true) this.handOver(entry);
    else if (fit === false) void this.discardAndServe(entry);
    else void this.serveWhenFit(entry, fit);
  }

  private async serveWhenFit(entry: Entry<T>, fit: Promise<boolean>): Promise<void> {
    this.validating++;
    const isFit = await fit;
    this.validating--;
    if (isFit) this.handOver(entry);
    else await this.discard(entry);
    this.serve();
  }

  private async serveNew(): Promise<void> {
    this.making++;
    await this.make().then(
      (entry) => {
        this.making--;
        this.handOver(entry);
      },
      (error: unknown) => {
        this.making--;
        this.waiters.shift()?.reject(error);
      },
    );
    this.serve();
  }

  /** To whoever waits longest; when nobody does any more it rests. */
  private handOver(entry: Entry<T>): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.rest(entry);
    else waiter.resolve(this.lend(entry, waiter.since, waiter.stack));
  }

  /** @param asked undefined when it was just now */
  private lend(entry: Entry<T>, asked: Millis | undefined, stack: string): PoolLease<T> {
    const at = this.clock.elapsed();
    entry.uses++;
    this.lent++;
    this.instruments.acquired(asked === undefined ? 0 : at - asked);
    return new PoolLease(this.leaseOwner, entry, this.leaks.begin(entry, at, stack));
  }

  /** What came back is there for the next. */
  private giveOn(entry: Entry<T>): void {
    this.rest(entry);
    if (this.waiters.size > 0) this.serve();
  }

  private rest(entry: Entry<T>): void {
    if (this.closed) {
      void this.discard(entry);
      return;
    }
    entry.idleSince = this.clock.elapsed();
    this.idle.push(entry);
    this.armSweep();
  }

  private async make(): Promise<Entry<T>> {
    this.size++;
    try {
      const value = await this.options.create();
      return new Entry(value, this.clock.elapsed());
    } catch (error) {
      this.instruments.failed();
      this.gone();
      throw new ResourceFailedError(`pool "${this.options.name}": a resource could not be made: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Whether it may be lent; a promise only when the check gives one. Never throws nor rejects. */
  private isFit(entry: Entry<T>): boolean | Promise<boolean> {
    if (this.isWornOut(entry)) return false;
    if (this.options.validate === undefined) return true;
    try {
      const fit = this.options.validate(entry.value);
      return isThenable(fit) ? this.isFitLater(fit) : fit || this.failed();
    } catch {
      // A check that throws says no.
      return this.failed();
    }
  }

  private async isFitLater(fit: PromiseLike<boolean>): Promise<boolean> {
    try {
      return (await fit) || this.failed();
    } catch {
      return this.failed();
    }
  }

  /** As `isFit`, for whether it could be made ready for the next. */
  private isReset({ value }: Entry<T>): boolean | Promise<boolean> {
    if (this.options.reset === undefined) return true;
    try {
      const reset = this.options.reset(value);
      return isThenable(reset) ? this.isResetLater(reset) : true;
    } catch {
      return this.failed();
    }
  }

  private async isResetLater(reset: PromiseLike<void>): Promise<boolean> {
    try {
      await reset;
      return true;
    } catch {
      return this.failed();
    }
  }

  private failed(): false {
    this.instruments.failed();
    return false;
  }

  private isWornOut({ createdAt, uses }: Entry<T>): boolean {
    return uses >= this.maxUses || (this.maxAge !== Infinity && this.clock.elapsed() - createdAt >= this.maxAge);
  }

  private async discardAndServe(entry: Entry<T>): Promise<void> {
    await this.discard(entry);
    this.serve();
  }

  private async discard(entry: Entry<T>): Promise<void> {
    this.leaks.forget(entry);
    try {
      await this.options.destroy?.(entry.value);
    } catch {
      this.instruments.failed();
    }
    this.gone();
  }

  private gone(): void {
    this.size--;
    if (this.closed && this.size === 0) this.drained?.();
  }

  /** Idle resources go oldest first; one timer for all. */
  private armSweep(): void {
    if (this.sweep !== undefined || this.closed) return;
    const timeout = this.options.idleTimeout ?? 30_000;
    if (this.idle.length === 0 || this.size <= this.min) return;
    const oldest = this.idle[0]?.idleSince ?? 0;
    this.sweep = this.clock.schedule(Math.max(1, oldest + timeout - this.clock.elapsed()), () => {
      this.sweep = undefined;
      const at = this.clock.elapsed();
      let spare = this.size - this.min;
      while (spare-- > 0 && this.idle[0] !== undefined && at - this.idle[0].idleSince >= timeout) {
        const entry = this.idle.shift();
        if (entry !== undefined) void this.discard(entry).then(() => this.serve());
      }
      this.armSweep();
    });
  }
}

function isThenable<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
