/** What a pool says of itself at this moment; a figure that it does not give is absent, never 0. */
export interface PoolFigures {
  /** Resources that exist, idle or in use. */
  readonly size?: number;
  readonly idle?: number;
  readonly inUse?: number;
  /** Those who wait for a resource. */
  readonly waiters?: number;
  /** Resources that may exist at most. */
  readonly limit?: number;
}

/** Reads a pool's figures; called at collection. */
export type PoolProbe = () => PoolFigures;

/** How a ready probe knows and watches a kind of pool. */
export interface PoolKind {
  readonly name: string;
  matches(pool: object): boolean;
  read(pool: object): PoolFigures;
  /**
   * The method that hands out a resource: by callback, by promise, by an object that holds the promise as `promise`, or
   * to a handler.
   */
  readonly acquire: string | undefined;
  /** Methods of the handler that is the method's last argument; the first one called says that the resource is there. */
  readonly begins?: readonly string[];
  /** Where figures must be asked for. They are asked for at each collection, and exposed at the next. */
  ask?(pool: object): Promise<PoolFigures>;
}
