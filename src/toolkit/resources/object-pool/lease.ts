import type { Claim, Loan } from './leak-watch';

/** A resource on loan. Give it back once, by `release`, `destroy` or the end of an `await using` block. */
export interface Lease<T> extends AsyncDisposable {
  readonly value: T;
  /** Gives it back; it is reset and lent again. Idempotent. */
  release(): Promise<void>;
  /** Gives it back as broken: it is destroyed. Idempotent. */
  destroy(): Promise<void>;
}

/** What the pool knows about a resource. */
export class Entry<T> implements Loan {
  idleSince: number;
  uses = 0;
  claim: Claim | undefined = undefined;
  isLent = false;
  lentAt = 0;
  stack = '';
  isReported = false;

  constructor(
    readonly value: T,
    readonly createdAt: number,
  ) {
    this.idleSince = createdAt;
  }
}

/** Where leases end. */
export interface LeaseOwner<T> {
  /** Called once for each lease. */
  takeBack(entry: Entry<T>, claim: Claim, broken: boolean): Promise<void>;
}

/** What ended without anything to wait for. */
export const DONE: Promise<void> = Promise.resolve();

/** One loan of one resource: after it has ended it can do nothing to the resource's later loans. */
export class PoolLease<T> implements Lease<T> {
  readonly value: T;
  private ended = DONE;

  /** @param claim held by nobody else; undefined once the lease has ended */
  constructor(
    private readonly owner: LeaseOwner<T>,
    private readonly entry: Entry<T>,
    private claim: Claim | undefined,
  ) {
    this.value = entry.value;
  }

  release(): Promise<void> {
    return this.end(false);
  }

  destroy(): Promise<void> {
    return this.end(true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end(false);
  }

  private end(broken: boolean): Promise<void> {
    const { claim } = this;
    if (claim !== undefined) {
      this.claim = undefined;
      this.ended = this.owner.takeBack(this.entry, claim, broken);
    }
    return this.ended;
  }
}
