/** One piece of work that can be ended from outside. */
export interface Running {
  /** Aborts with the caller's signal, and at the close. */
  readonly signal: AbortSignal;
  /** The work's outcome, or the abort's reason when that comes first. */
  race<T>(work: Promise<T>): Promise<T>;
}

/** What runs now; ends all of it at once. */
export class Runs {
  private readonly running = new Map<AbortController, Promise<unknown>>();
  private closedBy: Error | undefined;

  get closed(): boolean {
    return this.closedBy !== undefined;
  }

  /** Runs `work` until it has ended. @throws what it throws, the signal's reason, the reason of the close */
  async within<T>(signal: AbortSignal | undefined, work: (running: Running) => Promise<T>): Promise<T> {
    if (this.closedBy !== undefined) throw this.closedBy;
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const running = { signal: abort.signal, race: <R>(each: Promise<R>) => raceOf(each, abort.signal) };
    const done = work(running);
    this.running.set(abort, done);
    try {
      return await done;
    } finally {
      this.running.delete(abort);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Aborts what runs and resolves when it has ended. */
  async close(reason: Error): Promise<void> {
    this.closedBy ??= reason;
    const ending = [...this.running.values()];
    for (const abort of this.running.keys()) abort.abort(reason);
    await Promise.allSettled(ending);
  }
}

function raceOf<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
