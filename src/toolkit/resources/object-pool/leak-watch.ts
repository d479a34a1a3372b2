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

/** A token that a lease alone holds while its resource is lent: when it is garbage collected, so was the lease. */
export class Claim {}

/** What the watch keeps about a resource, from one loan to the next. */
export interface Loan {
  /** Kept here while the resource is not lent, never while it is. */
  claim: Claim | undefined;
  isLent: boolean;
  lentAt: Millis;
  stack: string;
  isReported: boolean;
}

/**
 * Notices leases that are held for too long, and those that were garbage collected without having been given back. The collector
 * is told of a resource once, not of each of its loans.
 */
export class LeakWatch<L extends Loan> {
  /** The loans that may become too long; empty when that is not watched. */
  private readonly lent = new Set<L>();
  private readonly dropped: FinalizationRegistry<L>;
  private timer: Timer | undefined;

  /**
   * @param leakAfter undefined turns the watch for long leases off; collected ones are always noticed.
   * @param reclaim called after a collected lease was reported
   */
  constructor(
    private readonly pool: string,
    private readonly clock: Clock,
    private readonly leakAfter: Millis | undefined,
    private readonly onLeak: (leak: Leak) => void,
    reclaim: (loan: L) => void,
  ) {
    this.dropped = new FinalizationRegistry((loan) => {
      if (!loan.isLent) return;
      this.end(loan, undefined);
      this.report(loan, true);
      reclaim(loan);
    });
  }

  /** The stack of whoever called `callee`; empty unless long leases are watched for. */
  stackAbove(callee: (...args: never[]) => unknown): string {
    if (this.leakAfter === undefined) return '';
    const trace = { stack: '' };
    Error.captureStackTrace(trace, callee);
    return trace.stack.split('\n').slice(1).join('\n');
  }

  /** Begins a loan. The token is for the lease; nothing that lives longer may refer to it. */
  begin(loan: L, at: Millis, stack: string): Claim {
    let { claim } = loan;
    if (claim === undefined) {
      claim = new Claim();
      this.dropped.register(claim, loan, claim);
    }
    loan.claim = undefined;
    loan.isLent = true;
    loan.lentAt = at;
    if (this.leakAfter !== undefined) {
      loan.stack = stack;
      loan.isReported = false;
      this.lent.add(loan);
      this.arm(this.leakAfter, this.leakAfter);
    }
    return claim;
  }

  /** Ends a loan. @param claim what `begin` gave, for the next loan; undefined when there will be none */
  end(loan: L, claim: Claim | undefined): void {
    loan.claim = claim;
    loan.isLent = false;
    if (this.leakAfter !== undefined) this.lent.delete(loan);
  }

  /** Lets go of a resource that is lent no more; the registry would keep it for good. */
  forget(loan: L): void {
    if (loan.claim === undefined) return;
    this.dropped.unregister(loan.claim);
    loan.claim = undefined;
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(after: Millis, delay: Millis): void {
    this.timer ??= this.clock.schedule(delay, () => {
      this.timer = undefined;
      const at = this.clock.elapsed();
      for (const loan of this.lent) {
        if (loan.isReported) continue;
        const left = loan.lentAt + after - at;
        // They stand in the order of lending.
        if (left > 0) {
          this.arm(after, Math.max(1, left));
          break;
        }
        loan.isReported = true;
        this.report(loan, false);
      }
    });
  }

  private report({ lentAt, stack }: L, collected: boolean): void {
    this.onLeak({ pool: this.pool, heldFor: this.clock.elapsed() - lentAt, stack, collected });
  }
}
