import { systemClock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { ClosedError, PoolTimeoutError, QueueFullError, ResourceFailedError, ToolkitOptionsError } from '../../errors';
import { monitorStats } from '../../shared/pool-telemetry';
import { recordDecision, toolkitTelemetry } from '../../shared/telemetry';
import { WaiterQueue } from './waiter-queue';
import { LeakWatch } from './leak-watch';
import { PoolLease } from './lease';
import type { Clock, Millis, Timer } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';
import type { PoolInstruments, PoolStats } from '../../shared/pool-telemetry';
import type { Leak } from './leak-watch';
import type { Entry, Lease } from './lease';
import type { Waiter } from './waiter-queue';

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

/**
 * Lends resources to one caller at a time: never more than `max` exist, callers are served in the order in which they
 * asked, and whatever fails (making, validating, resetting) costs that resource only.
 */
export class ObjectPool<T> implements AsyncDisposable {
  private readonly idle: Entry<T>[] = [];
  private readonly waiters: WaiterQueue<Lease<T>>;
  private readonly leaks: LeakWatch;
  private readonly clock: Clock;
  private readonly instruments: PoolInstruments;
  private readonly min: number;
  private readonly max: number;
  private size = 0;
  private lent = 0;
  private serving = 0;
  private closed = false;
  private sweep: Timer | undefined;
  private drained: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  /** @throws ToolkitOptionsError */
  constructor(private readonly options: ObjectPoolOptions<T>) {
    this.min = options.min ?? 0;
    this.max = options.max ?? 10;
    if (!Number.isInteger(this.max) || this.max < 1 || this.min < 0 || this.min > this.max) {
      throw new ToolkitOptionsError(`pool "${options.name}": 0 ≤ min ≤ max and 1 ≤ max are wanted`);
    }
    this.clock = options.clock ?? systemClock;
    this.waiters = new WaiterQueue(this.clock, options.maxWaiters ?? 1_000);
    this.instruments = monitorStats(options.telemetry ?? toolkitTelemetry, options.name, () => this.stats);
    this.leaks = new LeakWatch(this.clock, options.leakAfter, (leak) => {
      this.instruments.leaked();
      options.onLeak?.(leak);
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
  async acquire({ signal, timeout = this.options.acquireTimeout ?? 5_000 }: AcquireOptions = {}): Promise<Lease<T>> {
    signal?.throwIfAborted();
    if (this.closed) throw new ClosedError(`pool "${this.options.name}" is closed`);
    const asked = this.clock.elapsed();
    // Counting those already being served, so that a newcomer never overtakes.
    const waits = this.waiters.size + this.serving > this.idle.length + this.max - this.size - 1;
    const waiting = this.waiters.wait(
      { signal, timeout },
      () => new PoolTimeoutError(`pool "${this.options.name}": none of ${this.max} became free in ${timeout} ms`),
    );
    if (waits) this.instruments.exhausted();
    if (waiting === undefined) {
      this.instruments.timedOut();
      throw new QueueFullError(`pool "${this.options.name}": ${this.waiters.size} callers wait already`);
    }
    if (waits) recordDecision('pool.wait', { 'telltale.pool': this.options.name, 'telltale.pool.max': this.max });
    this.serve();
    try {
      const lease = await waiting;
      this.instruments.acquired(this.clock.elapsed() - asked);
      return lease;
    } catch (error) {
      if (error instanceof PoolTimeoutError) this.instruments.timedOut();
      throw error;
    }
  }

  /** Borrows a resource for the time of `work`; a throw of `work` does not destroy the resource. */
  async use<R>(work: (value: T) => Promise<R> | R, options: AcquireOptions = {}): Promise<R> {
    const lease = await this.acquire(options);
    try {
      return await work(lease.value);
    } finally {
      await lease.release();
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

  /** Begins to serve as many waiters as there are resources or room for them. */
  private serve(): void {
    while (!this.closed && this.waiters.size > this.serving && (this.idle.length > 0 || this.size < this.max)) {
      this.serving++;
      const entry = this.idle.pop();
      if (entry === undefined) this.size++;
      void this.serveOne(entry).finally(() => {
        this.serving--;
        this.serve();
      });
    }
  }

  /** Makes one resource ready, then hands it to whoever waits longest by then. */
  private async serveOne(idle: Entry<T> | undefined): Promise<void> {
    let entry: Entry<T>;
    if (idle !== undefined) {
      if (!(await this.isFit(idle))) {
        await this.discard(idle);
        return;
      }
      entry = idle;
    } else {
      try {
        entry = await this.make(true);
      } catch (error) {
        this.waiters.shift()?.reject(error);
        return;
      }
    }
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.rest(entry);
    else this.lend(entry, waiter);
  }

  private lend(entry: Entry<T>, waiter: Waiter<Lease<T>>): void {
    entry.uses++;
    this.lent++;
    let ended = false;
    const end = async (broken: boolean): Promise<void> => {
      if (ended) return;
      ended = true;
      forget();
      await this.takeBack(entry, broken);
    };
    const lease = new PoolLease(entry.value, end);
    const forget = this.leaks.watch(lease, this.options.name, () => void end(true));
    waiter.resolve(lease);
  }

  private async takeBack(entry: Entry<T>, broken: boolean): Promise<void> {
    this.lent--;
    if (broken || this.closed || this.isWornOut(entry) || !(await this.isReset(entry))) await this.discard(entry);
    else this.rest(entry);
    this.serve();
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

  private async make(counted = false): Promise<Entry<T>> {
    if (!counted) this.size++;
    try {
      const value = await this.options.create();
      const at = this.clock.elapsed();
      return { value, createdAt: at, idleSince: at, uses: 0 };
    } catch (error) {
      this.instruments.failed();
      this.gone();
      throw new ResourceFailedError(`pool "${this.options.name}": a resource could not be made: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  private async isFit(entry: Entry<T>): Promise<boolean> {
    if (this.isWornOut(entry)) return false;
    try {
      if (this.options.validate === undefined || (await this.options.validate(entry.value))) return true;
    } catch {
      // A check that throws says no.
    }
    this.instruments.failed();
    return false;
  }

  private async isReset(entry: Entry<T>): Promise<boolean> {
    try {
      await this.options.reset?.(entry.value);
      return true;
    } catch {
      this.instruments.failed();
      return false;
    }
  }

  private isWornOut({ createdAt, uses }: Entry<T>): boolean {
    const { maxAge = Infinity, maxUses = Infinity } = this.options;
    return uses >= maxUses || this.clock.elapsed() - createdAt >= maxAge;
  }

  private async discard({ value }: Entry<T>): Promise<void> {
    try {
      await this.options.destroy?.(value);
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
