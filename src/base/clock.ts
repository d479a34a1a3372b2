/** An instant: milliseconds since the Unix epoch. May carry a fraction. */
export type EpochMillis = number;

/** A span of time in milliseconds. */
export type Millis = number;

/** A pending callback. */
export interface Timer {
  /** Idempotent; after it the callback does not run. */
  cancel(): void;
}

/** Where time comes from. Loops hold one; anything that decides takes the instant as an argument named `at`. */
export interface Clock {
  /** Wall clock, for timestamps. May step when the system's time is set. */
  now(): EpochMillis;
  /** Monotonic, for durations; its zero is arbitrary. */
  elapsed(): Millis;
  /** Runs `callback` once, `delay` from now (below 1 counts as the next turn of the loop). Does not keep the process alive. */
  schedule(delay: Millis, callback: () => void): Timer;
  /** Resolves after `delay`; rejects with the signal's reason when aborted before. */
  sleep(delay: Millis, signal?: AbortSignal): Promise<void>;
}

/** Node's timers hold at most 2^31-1 ms; longer delays are chained. */
const MAX_TIMER: Millis = 2_147_483_647;

/** The machine's time. */
export class SystemClock implements Clock {
  /** @param keepsAlive whether pending timers keep the process alive, as a command that waits needs it. */
  constructor(private readonly keepsAlive = false) {}

  now(): EpochMillis {
    return Date.now();
  }

  elapsed(): Millis {
    return performance.now();
  }

  schedule(delay: Millis, callback: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = (left: Millis): void => {
      const step = Math.min(left, MAX_TIMER);
      handle = setTimeout(() => (left > step ? arm(left - step) : callback()), Math.max(0, step));
      if (!this.keepsAlive) handle.unref();
    };
    arm(delay);
    return { cancel: () => clearTimeout(handle) };
  }

  sleep(delay: Millis, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delay, signal);
  }
}

/** The one shared system clock. */
export const systemClock: Clock = new SystemClock();

/** The machine's time for commands: what waits on it keeps the process alive. */
export const commandClock: Clock = new SystemClock(true);

/** `Clock.sleep` for any clock that can schedule. */
export function sleepOn(clock: Pick<Clock, 'schedule'>, delay: Millis, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(toError(signal.reason));
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(toError(signal?.reason));
    };
    const timer = clock.schedule(delay, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

/** Injection token of the clock. */
export const CLOCK = Symbol('Clock');
