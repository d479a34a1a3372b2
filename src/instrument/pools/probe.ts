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
  /** The method that hands out a resource, by callback or promise. */
  readonly acquire: string | undefined;
}
