import { systemClock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { ClosedError } from '../../errors';
import { toolkitTelemetry } from '../../shared/telemetry';
import type { Clock, Millis } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';

/** How a scope behaves. */
export interface ResourceManagerOptions {
  /** Names the scope in metrics and reports. */
  readonly name: string;
  /** How long one resource may take to be disposed of; default 5 s. */
  readonly deadline?: Millis;
  /** Resources at once, at most; default 100,000. */
  readonly maxResources?: number;
  /** Keeps the stack of whoever added a resource, for the leak report; default no. */
  readonly traceOwners?: boolean;
  readonly clock?: Clock;
  readonly telemetry?: Telemetry;
}

/** A resource that is in the scope. */
export interface OwnedResource {
  readonly name: string;
  readonly kind: 'disposable' | 'timer' | 'interval' | 'listener' | 'scope';
  /** How long it has been owned. */
  readonly age: Millis;
  /** Who added it; empty without `traceOwners`. */
  readonly stack: string;
}

/** What came of a disposal, by name of the resource. */
export interface DisposalReport {
  readonly disposed: number;
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  readonly timedOut: readonly string[];
}

/** Something with listeners: an EventEmitter or an EventTarget. */
export type ListenerTarget =
  | { on(event: string, listener: () => void): unknown; off(event: string, listener: () => void): unknown }
  | {
      addEventListener(event: string, listener: () => void): unknown;
      removeEventListener(event: string, listener: () => void): unknown;
    };

interface Owned {
  readonly name: string;
  readonly kind: OwnedResource['kind'];
  readonly since: Millis;
  readonly stack: string;
  readonly dispose: () => Promise<DisposalReport | void> | DisposalReport | void;
}

/**
 * Owns what must be given back: disposables, timers, intervals, listeners and scopes within it. Disposing goes in reverse
 * order of adding, one after the other, each within a deadline; nothing that fails or hangs keeps the rest.
 */
export class ResourceManager implements AsyncDisposable {
  private readonly owned = new Set<Owned>();
  private readonly clock: Clock;
  private disposing: Promise<DisposalReport> | undefined;

  constructor(private readonly options: ResourceManagerOptions) {
    this.clock = options.clock ?? systemClock;
    const telemetry = options.telemetry ?? toolkitTelemetry;
    telemetry.observedGauge('telltale_resources_owned', 'Resources that a scope owns', () => this.owned.size, {
      scope: options.name,
    });
  }

  /** Resources owned, those of child scopes not counted. */
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

  /** Owns a way to dispose of something. Returns how to do so early; what was disposed of is owned no more. */
  add(name: string, dispose: () => Promise<void> | void): () => Promise<void> {
    return this.own(name, 'disposable', dispose);
  }

  /** Calls back once, unless disposed of before. Returns how to cancel. */
  timer(delay: Millis, callback: () => void, name = 'timer'): () => Promise<void> {
    let release: () => void = () => undefined;
    const timer = this.clock.schedule(delay, () => {
      release();
      callback();
    });
    const { cancel, forget } = this.entry(name, 'timer', () => timer.cancel());
    release = forget;
    return cancel;
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

  /** A scope within this one: disposed of with it, at its place in the order, or before by itself. */
  child(name: string): ResourceManager {
    const child = new ResourceManager({ ...this.options, name: `${this.options.name}/${name}` });
    const { forget } = this.entry(name, 'scope', () => child.dispose());
    child.onDisposed = forget;
    return child;
  }

  /** What is owned now, the oldest first: after the work is done, what should have been given back. */
  report(): readonly OwnedResource[] {
    const at = this.clock.elapsed();
    return [...this.owned].map(({ name, kind, since, stack }) => ({ name, kind, age: at - since, stack }));
  }

  /** Disposes of everything. Never rejects; idempotent. */
  dispose(): Promise<DisposalReport> {
    return (this.disposing ??= this.disposeAll());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  private onDisposed: () => void = () => undefined;

  private own(name: string, kind: Owned['kind'], dispose: Owned['dispose']): () => Promise<void> {
    return this.entry(name, kind, dispose).cancel;
  }

  private entry(
    name: string,
    kind: Owned['kind'],
    dispose: Owned['dispose'],
  ): { cancel: () => Promise<void>; forget: () => void } {
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
    const owned: Owned = { name, kind, since: this.clock.elapsed(), stack, dispose };
    this.owned.add(owned);
    const forget = (): void => void this.owned.delete(owned);
    const cancel = async (): Promise<void> => {
      if (this.owned.delete(owned)) await dispose();
    };
    return { cancel, forget };
  }

  private async disposeAll(): Promise<DisposalReport> {
    let disposed = 0;
    const failed: { name: string; error: string }[] = [];
    const timedOut: string[] = [];
    for (const resource of [...this.owned].reverse()) {
      if (!this.owned.delete(resource)) continue;
      try {
        const inner = await this.withinDeadline(resource);
        if (inner === 'late') timedOut.push(resource.name);
        else disposed++;
        if (typeof inner !== 'object') continue;
        disposed += inner.disposed - 1;
        failed.push(...inner.failed.map(({ name, error }) => ({ name: `${resource.name}/${name}`, error })));
        timedOut.push(...inner.timedOut.map((name) => `${resource.name}/${name}`));
      } catch (error) {
        failed.push({ name: resource.name, error: messageOf(error) });
      }
    }
    this.onDisposed();
    return { disposed, failed, timedOut };
  }

  /** Child scopes hold their own resources to the deadline. */
  private async withinDeadline({ kind, dispose }: Owned): Promise<DisposalReport | void | 'late'> {
    if (kind === 'scope') return dispose();
    let cancel: () => void = () => undefined;
    const late = new Promise<'late'>((resolve) => {
      const timer = this.clock.schedule(this.options.deadline ?? 5_000, () => resolve('late'));
      cancel = () => timer.cancel();
    });
    try {
      return await Promise.race([Promise.resolve().then(dispose), late]);
    } finally {
      cancel();
    }
  }
}
