import { setMaxListeners } from 'node:events';
import { systemClock } from '../../../base/clock';
import { ClosedError, QueueFullError } from '../../errors';
import { activeLink, isRecording, recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import type { Link } from '@opentelemetry/api';
import type { Clock, Millis } from '../../../base/clock';
import type { Counter, Telemetry } from '../../../base/telemetry';

/** What followers of a call get when it fails. */
export type ErrorSharing =
  /** The same error. */
  | 'share'
  /** One of them calls anew, the others follow it. */
  | 'retry';

/** How calls are shared. */
export interface RequestDeduplicatorOptions {
  /** Names it in metrics. */
  readonly name: string;
  /** Default `share`. */
  readonly errors?: ErrorSharing;
  /** A result is still given to callers that come this long after; default 0: only to those that came before. */
  readonly ttl?: Millis;
  /** Keys in flight or remembered, at most; beyond, calls are refused. Default 10,000. */
  readonly maxKeys?: number;
  readonly clock?: Clock;
  readonly telemetry?: Telemetry;
}

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  /** The span in which it was begun. */
  readonly link: Link | undefined;
  /**
   * Turn their callers away. Not listeners of the signal: adding one looks through all that are there, which for ten thousand
   * callers takes seconds.
   */
  readonly followers: Set<(reason: unknown) => void>;
  settled: boolean;
}

/**
 * Equal calls at the same time are one call. Every caller can leave by its own signal; the call itself is aborted when
 * the last has left, and no later caller is joined to one that was given up.
 */
export class RequestDeduplicator<T> implements AsyncDisposable {
  private readonly flights = new Map<string, Flight<T>>();
  private readonly clock: Clock;
  private readonly led: Counter;
  private readonly joined: Counter;
  private readonly refused: Counter;
  private closed = false;

  constructor(private readonly options: RequestDeduplicatorOptions) {
    this.clock = options.clock ?? systemClock;
    const telemetry = options.telemetry ?? toolkitTelemetry;
    const dedup = options.name;
    const calls = (role: string): Counter =>
      telemetry.counter('telltale_dedup_calls_total', 'Calls, by whether they led or joined one in flight', {
        dedup,
        role,
      });
    this.led = calls('leader');
    this.joined = calls('follower');
    this.refused = telemetry.counter('telltale_dedup_refused_total', 'Calls refused: too many keys', { dedup });
    telemetry.observedGauge('telltale_dedup_keys', 'Keys in flight or remembered', () => this.flights.size, { dedup });
  }

  /** Keys in flight or remembered. */
  get size(): number {
    return this.flights.size;
  }

  /**
   * Runs `work`, or joins the call of that key.
   * @throws what `work` throws, the caller's own abort reason, QueueFullError, ClosedError
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.closed) throw new ClosedError(`deduplicator "${this.options.name}" is closed`);
      const current = this.flights.get(key);
      const joins = current !== undefined && !current.abort.signal.aborted;
      const flight = joins ? current : this.lead(key, work);
      if (joins) {
        this.joined.add();
        recordDecision('dedup.joined', { 'telltale.dedup': this.options.name });
      }
      try {
        const follow = (): Promise<T> => this.follow(key, flight, signal);
        return await (joins && isRecording() ? this.inSpan(flight, follow) : follow());
      } catch (error) {
        const mayRetry = joins && this.options.errors === 'retry' && !signal?.aborted && !this.closed;
        if (!mayRetry) throw error;
      }
    }
  }

  /** Forgets a remembered result, so that the next caller calls; one in flight is left to those who wait for it. */
  forget(key: string): void {
    this.flights.delete(key);
  }

  /** Aborts what is in flight; its callers get ClosedError unless the work ends before. */
  close(): Promise<void> {
    this.closed = true;
    for (const { abort, followers } of this.flights.values()) {
      const reason = new ClosedError(`deduplicator "${this.options.name}" was closed`);
      abort.abort(reason);
      for (const turnAway of [...followers]) turnAway(reason);
    }
    this.flights.clear();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private lead(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    if (!this.flights.has(key) && this.flights.size >= (this.options.maxKeys ?? 10_000)) {
      this.refused.add();
      throw new QueueFullError(`deduplicator "${this.options.name}": ${this.flights.size} keys are in flight`);
    }
    this.led.add();
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const link = activeLink();
    const promise = start(work, abort.signal);
    const flight: Flight<T> = { promise, abort, link, followers: new Set(), settled: false };
    this.flights.set(key, flight);
    const { ttl = 0 } = this.options;
    const drop = (): void => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    };
    flight.promise.then(
      () => {
        flight.settled = true;
        if (ttl > 0) this.clock.schedule(ttl, drop);
        else drop();
      },
      () => {
        flight.settled = true;
        drop();
      },
    );
    return flight;
  }

  /** Whoever leads has the work in its own trace; a follower's trace says whom it waits for, and how long. */
  private inSpan({ link }: Flight<T>, follow: () => Promise<T>): Promise<T> {
    const { name } = this.options;
    const attributes = { 'telltale.dedup': name };
    return withToolkitSpan(`join ${name}`, { attributes, links: link === undefined ? [] : [link] }, follow);
  }

  private follow(key: string, flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        signal?.removeEventListener('abort', onAbort);
        flight.followers.delete(turnAway);
      };
      const turnAway = (reason: unknown): void => {
        leave();
        reject(reason);
      };
      const onAbort = (): void => {
        turnAway(signal?.reason);
        if (flight.followers.size > 0 || flight.settled) return;
        flight.abort.abort(signal?.reason);
        if (this.flights.get(key) === flight) this.flights.delete(key);
      };
      flight.followers.add(turnAway);
      signal?.addEventListener('abort', onAbort, { once: true });
      flight.promise.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          reject(error);
        },
      );
    });
  }
}

/** A synchronous throw is a rejection. */
async function start<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return work(signal);
}
