import type { Millis } from '../../../base/clock';

/** Whether a breaker lets calls through. `half-open` lets one through, to see. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Failures in a row. */
  readonly failures: number;
  /** Doubles with every time in a row that it opens, up to 32-fold. */
  readonly cooldown: Millis;
}

/** What a breaker remembers. */
export interface Breaker {
  readonly failures: number;
  /** Times in a row that it opened. */
  readonly opened: number;
  /** Lets nobody through before; undefined when closed. */
  readonly until: Millis | undefined;
  /** A call is out to see. */
  readonly probing: boolean;
}

/** A breaker that has seen nothing. */
export const closedBreaker: Breaker = { failures: 0, opened: 0, until: undefined, probing: false };

/** What happens to a breaker. */
export type BreakerInput = 'success' | 'failure' | 'probe' | 'probe-lost';

/** The state at an instant. */
export function breakerState({ until, probing }: Breaker, at: Millis): BreakerState {
  if (until === undefined) return 'closed';
  return at < until || probing ? 'open' : 'half-open';
}

/** The breaker after an input. */
export function nextBreaker(breaker: Breaker, input: BreakerInput, at: Millis, options: BreakerOptions): Breaker {
  switch (input) {
    case 'success':
      return closedBreaker;
    case 'probe':
      return { ...breaker, probing: true };
    case 'probe-lost':
      return { ...breaker, probing: false };
    case 'failure': {
      const failures = breaker.failures + 1;
      if (breaker.until === undefined && failures < options.failures) return { ...breaker, failures };
      const opened = breaker.opened + 1;
      return { failures, opened, until: at + options.cooldown * 2 ** Math.min(5, opened - 1), probing: false };
    }
  }
}
