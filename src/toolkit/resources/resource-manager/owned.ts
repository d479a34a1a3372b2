import type { Millis } from '../../../base/clock';

/** A resource that is in the scope. */
export interface OwnedResource {
  readonly name: string;
  readonly kind: 'disposable' | 'timer' | 'interval' | 'listener' | 'scope';
  /** How long it has been owned. */
  readonly age: Millis;
  /** Who added it; empty without `traceOwners`. */
  readonly stack: string;
}

/** What came of a disposal, by name of the resource; one in a scope within has that scope's name and `/` before it. */
export interface DisposalReport {
  /** Scopes within are not counted, but what they owned. */
  readonly disposed: number;
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  readonly timedOut: readonly string[];
}

/** Gives one resource back; a scope within tells what came of its own. */
export type Dispose = () => Promise<DisposalReport | void> | DisposalReport | void;

/** One resource, which is disposed of once, by whoever asks first, and is owned until that has ended. */
export class Owned {
  private ending: Promise<DisposalReport | void> | undefined;

  /** @param onGone told when its disposal has ended, or it has gone by itself */
  constructor(
    readonly name: string,
    readonly kind: OwnedResource['kind'],
    readonly since: Millis,
    readonly stack: string,
    private readonly dispose: Dispose,
    private readonly onGone: (owned: Owned) => void,
  ) {}

  /** Begins its disposal, or gives the one that was begun. Rejects with what the disposer throws. */
  end(): Promise<DisposalReport | void> {
    if (this.ending !== undefined) return this.ending;
    // Whoever asks from within the disposer itself must not wait for it.
    this.ending = Promise.resolve();
    this.ending = this.ended();
    return this.ending;
  }

  /** It has gone by itself, as a timer does: nothing is left to dispose of. */
  forget(): void {
    if (this.ending !== undefined) return;
    this.ending = Promise.resolve();
    this.onGone(this);
  }

  private async ended(): Promise<DisposalReport | void> {
    try {
      return await this.dispose();
    } finally {
      this.onGone(this);
    }
  }
}
