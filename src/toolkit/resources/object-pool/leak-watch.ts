import type { Clock, Millis, Timer } from '../../../base/clock';

/** A lease that was not given back. */
export interface Leak {
  readonly pool: string;
  /** How long it had been held when it was noticed. */
  readonly heldFor: Millis;
  /** Where it was acquired; empty when stacks were not taken. */
  readonly stack: string;
  /** The holder dropped it: it was taken back by the pool. Otherwise it may still come back. */
  readonly collected: boolean;
}

interface Held {
  readonly pool: string;
  readonly since: number;
  readonly stack: string;
  reported: boolean;
  readonly reclaim: () => void;
}

/** Notices leases that are held for too long, and those that were garbage collected without having been given back. */
export class LeakWatch {
  private readonly held = new Set<Held>();
  private readonly collected: FinalizationRegistry<Held>;
  private timer: Timer | undefined;

  /** @param leakAfter undefined turns the watch for long leases off; collected ones are always noticed. */
  constructor(
    private readonly clock: Clock,
    private readonly leakAfter: Millis | undefined,
    private readonly onLeak: (leak: Leak) => void,
  ) {
    this.collected = new FinalizationRegistry((held) => {
      if (!this.held.delete(held)) return;
      this.report(held, true);
      held.reclaim();
    });
  }

  /** Watches a lease until the returned function is called. `reclaim` must not refer to the lease. */
  watch(lease: object, pool: string, reclaim: () => void): () => void {
    const stack = this.leakAfter === undefined ? '' : stackOfCaller();
    const held: Held = { pool, since: this.clock.elapsed(), stack, reported: false, reclaim };
    this.held.add(held);
    this.collected.register(lease, held, held);
    this.arm();
    return () => {
      this.held.delete(held);
      this.collected.unregister(held);
    };
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(): void {
    if (this.leakAfter === undefined || this.timer !== undefined) return;
    const after = this.leakAfter;
    this.timer = this.clock.schedule(after, () => {
      this.timer = undefined;
      let open = false;
      for (const held of this.held) {
        if (!held.reported && this.clock.elapsed() - held.since >= after) {
          held.reported = true;
          this.report(held, false);
        }
        open ||= !held.reported;
      }
      if (open) this.arm();
    });
  }

  private report({ pool, since, stack }: Held, collected: boolean): void {
    this.onLeak({ pool, heldFor: this.clock.elapsed() - since, stack, collected });
  }
}

function stackOfCaller(): string {
  return (new Error('acquired here').stack ?? '').split('\n').slice(1).join('\n');
}
