import type { Clock, Millis } from '../../../../base/clock';
import type { CacheTier } from './tier';

/** When a tier is passed over. */
export interface GuardOptions {
  /** An answer that takes longer counts as a failure. */
  readonly timeout: Millis;
  /** Failures in a row after which the tier is left alone. */
  readonly failures: number;
  /** For how long. */
  readonly rest: Millis;
}

/** Outcomes of a call of a tier. */
export type GuardEvent = 'failed' | 'skipped';

/** Calls of a tier that never reject and never take long: a failure is `otherwise`. */
export class GuardedTier {
  private failuresInARow = 0;
  private restsUntil: Millis = -Infinity;

  constructor(
    readonly tier: CacheTier,
    private readonly options: GuardOptions,
    private readonly clock: Clock,
    private readonly onEvent: (event: GuardEvent) => void,
  ) {}

  /** Whether the tier is passed over at the moment. */
  get isResting(): boolean {
    return this.clock.elapsed() < this.restsUntil;
  }

  async call<T>(work: (tier: CacheTier) => Promise<T>, otherwise: T): Promise<T> {
    if (this.isResting) {
      this.onEvent('skipped');
      return otherwise;
    }
    const timedOut = Symbol('timed out');
    let cancel: () => void = () => undefined;
    const late = new Promise<typeof timedOut>((resolve) => {
      const timer = this.clock.schedule(this.options.timeout, () => resolve(timedOut));
      cancel = () => timer.cancel();
    });
    try {
      const outcome = await Promise.race([start(work, this.tier), late]);
      if (outcome === timedOut) return this.failed(otherwise);
      this.failuresInARow = 0;
      return outcome;
    } catch {
      return this.failed(otherwise);
    } finally {
      cancel();
    }
  }

  private failed<T>(otherwise: T): T {
    this.onEvent('failed');
    if (++this.failuresInARow >= this.options.failures) {
      this.restsUntil = this.clock.elapsed() + this.options.rest;
      this.failuresInARow = 0;
    }
    return otherwise;
  }
}

/** A synchronous throw is a rejection. */
async function start<T>(work: (tier: CacheTier) => Promise<T>, tier: CacheTier): Promise<T> {
  return work(tier);
}
