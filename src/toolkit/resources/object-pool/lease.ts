/** A resource on loan. Give it back once, by `release`, `destroy` or the end of an `await using` block. */
export interface Lease<T> extends AsyncDisposable {
  readonly value: T;
  /** Gives it back; it is reset and lent again. Idempotent. */
  release(): Promise<void>;
  /** Gives it back as broken: it is destroyed. Idempotent. */
  destroy(): Promise<void>;
}

/** What the pool knows about a resource. */
export interface Entry<T> {
  readonly value: T;
  readonly createdAt: number;
  idleSince: number;
  uses: number;
}

/** A lease that tells its owner how it ended. */
export class PoolLease<T> implements Lease<T> {
  private ended: Promise<void> | undefined;

  constructor(
    readonly value: T,
    private readonly onEnd: (broken: boolean) => Promise<void>,
  ) {}

  release(): Promise<void> {
    return (this.ended ??= this.onEnd(false));
  }

  destroy(): Promise<void> {
    return (this.ended ??= this.onEnd(true));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
