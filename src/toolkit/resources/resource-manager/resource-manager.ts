import { systemClock } from '../../../base/clock';
import { ClosedError } from '../../errors';
import { toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { disposeOf } from './disposal';
import { Owned } from './owned';
import { scopeInstruments } from './scope-telemetry';
import type { Clock, Millis } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';
import type { DisposalReport, Dispose, OwnedResource } from './owned';
import type { ScopeInstruments } from './scope-telemetry';

/** How a scope behaves. */
export interface ResourceManagerOptions {
  /** Names the scope in metrics, spans and reports; scopes of one name are counted together. */
  readonly name: string;
  /** How long one resource may take to be disposed of; default 5 s. */
  readonly deadline?: Millis;
  /** Resources at once, at most; default 100,000. */
  readonly maxResources?: number;
  /** Keeps the stack of whoever added a resource, for the leak report; default no. */
  readonly traceOwners?: boolean;
  /** Disposes of the scope when it aborts. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly telemetry?: Telemetry;
}

/** Something with listeners: an EventEmitter or an EventTarget. */
export type ListenerTarget =
  | { on(event: string, listener: () => void): unknown; off(event: string, listener: () => void): unknown }
  | {
      addEventListener(event: string, listener: () => void): unknown;
      removeEventListener(event: string, listener: () => void): unknown;
    };

/**
 * Owns what must be given back: disposables, timers, intervals, listeners and scopes within it. Disposing goes in reverse
 * order of adding, one after the other, each within a deadline; nothing that fails or hangs keeps the rest.
 */
export class ResourceManager implements AsyncDisposable {
  private readonly owned = new Set<Owned>();
  private readonly clock: Clock;
  private readonly hurry = new AbortController();
  private readonly onAbort = (): void => void this.dispose();
  private disposing: Promise<DisposalReport> | undefined;
  private isDisposed = false;

  /** @param instruments of the scope that this one is within; of its own by default */
  constructor(
    private readonly options: ResourceManagerOptions,
    private readonly instruments: ScopeInstruments = scopeInstruments(
      options.telemetry ?? toolkitTelemetry,
      options.name,
    ),
  ) {
    this.clock = options.clock ?? systemClock;
    if (options.signal?.aborted) this.onAbort();
    else options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Resources owned, those that hang in their disposal too; those of child scopes are not counted. */
  get size(): number {
    return this.owned.size;
  }

  /** Owns a disposable and gives it back; returned from `add` is how to give it up early. @throws ClosedError */
  use<T extends Disposable | AsyncDisposable>(resource: T, name = resource.constructor.name): T {
    this.own(name, 'disposable', async () => {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
      else resource[Symbol.dispose]();
    });
    return resource;
  }

  /**
   * Owns a way to dispose of something. Returns how to do so early, which waits without a deadline and rejects when the disposer
   * throws. What was disposed of is owned no more. @throws ClosedError
   */
  add(name: string, dispose: () => Promise<void> | void): () => Promise<void> {
    return this.own(name, 'disposable', dispose);
  }

  /** Calls back once, unless disposed of before. Returns how to cancel. */
  timer(delay: Millis, callback: () => void, name = 'timer'): () => Promise<void> {
    let forget: () => void = () => undefined;
    const timer = this.clock.schedule(delay, () => {
      forget();
      callback();
    });
    const owned = this.entry(name, 'timer', () => timer.cancel());
    forget = () => owned.forget();
    return () => cancelOf(owned);
  }

  /** Calls back again and again; one call at a time, the next a period after the last ended. Returns how to cancel. */
  interval(period: Millis, callback: () => Promise<void> | void, name = 'interval'): () => Promise<void> {
    let stopped = false;
    let timer = this.clock.schedule(period, tick);
    const clock = this.clock;
    function tick(): void {
      void Promise.resolve()
        .then(callback)
        .catch(() => undefined)
        .then(() => {
          if (!stopped) timer = clock.schedule(period, tick);
        });
    }
    return this.own(name, 'interval', () => {
      stopped = true;
      timer.cancel();
    });
  }

  /** Listens until disposed of. Returns how to stop. */
  listen(target: ListenerTarget, event: string, listener: () => void, name = `listener ${event}`): () => Promise<void> {
    if ('addEventListener' in target) {
      target.addEventListener(event, listener);
      return this.own(name, 'listener', () => void target.removeEventListener(event, listener));
    }
    target.on(event, listener);
    return this.own(name, 'listener', () => void target.off(event, listener));
  }

  /** A scope within this one: disposed of with it, at its place in the order, or before by itself. @throws ClosedError */
  child(name: string): ResourceManager {
    const { signal: _, ...options } = this.options;
    const child = new ResourceManager({ ...options, name: `${this.options.name}/${name}` }, this.instruments);
    const onGone = (gone: Owned): void => {
      if (child.size === 0) this.onGone(gone);
    };
    const owned = this.entry(name, 'scope', () => child.dispose(this.hurry.signal), onGone);
    child.onEmpty = () => this.onGone(owned);
    return child;
  }

  /**
   * What is owned now, the oldest first: after the work is done, what should have been given back; after a disposal, what hangs
   * in it.
   */
  report(): readonly OwnedResource[] {
    const at = this.clock.elapsed();
    return [...this.owned].map(({ name, kind, since, stack }) => ({ name, kind, age: at - since, stack }));
  }

  /**
   * Disposes of everything, also of what is being given up early. Never rejects; idempotent.
   * @param signal nothing is waited for any more when it aborts: what is left is begun in order, each has one turn of the event
   *   loop to end, and is reported as timed out otherwise
   */
  dispose(signal?: AbortSignal): Promise<DisposalReport> {
    this.disposing ??= this.disposeAll();
    if (signal === undefined) return this.disposing;
    const onAbort = (): void => this.hurry.abort();
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      void this.disposing.then(() => signal.removeEventListener('abort', onAbort));
    }
    return this.disposing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Disposed of, and nothing hangs any more. */
  private onEmpty: () => void = () => undefined;

  private own(name: string, kind: Owned['kind'], dispose: Dispose): () => Promise<void> {
    const owned = this.entry(name, kind, dispose);
    return () => cancelOf(owned);
  }

  private entry(name: string, kind: Owned['kind'], dispose: Dispose, onGone = this.onGone): Owned {
    const { maxResources = 100_000 } = this.options;
    if (this.disposing !== undefined || this.owned.size >= maxResources) {
      // What cannot be owned must not be left behind either.
      void Promise.resolve()
        .then(dispose)
        .catch(() => undefined);
      const why = this.disposing === undefined ? `owns ${maxResources} resources already` : 'is disposed of';
      throw new ClosedError(`scope "${this.options.name}" ${why}: "${name}" was not taken`);
    }
    const stack = this.options.traceOwners === true ? (new Error('added here').stack ?? '') : '';
    const owned = new Owned(name, kind, this.clock.elapsed(), stack, dispose, onGone);
    this.owned.add(owned);
    this.instruments.owns(1);
    return owned;
  }

  private readonly onGone = (owned: Owned): void => {
    if (!this.owned.delete(owned)) return;
    this.instruments.owns(-1);
    if (this.isDisposed && this.owned.size === 0) this.onEmpty();
  };

  private async disposeAll(): Promise<DisposalReport> {
    const { name, deadline = 5_000, signal } = this.options;
    signal?.removeEventListener('abort', this.onAbort);
    const resources = [...this.owned].reverse();
    const limits = { clock: this.clock, deadline, hurry: this.hurry.signal };
    const attributes = { 'telltale.scope': name, 'telltale.scope.deadline_seconds': deadline / 1000 };
    const report =
      resources.length === 0
        ? { disposed: 0, failed: [], timedOut: [] }
        : await withToolkitSpan(`dispose ${name}`, { attributes }, (span) =>
            disposeOf(
              resources,
              (each) => this.owned.has(each),
              limits,
              span,
              (outcome) => this.instruments.disposed(outcome),
            ),
          );
    this.isDisposed = true;
    if (this.owned.size === 0) this.onEmpty();
    return report;
  }
}

async function cancelOf(owned: Owned): Promise<void> {
  await owned.end();
}
