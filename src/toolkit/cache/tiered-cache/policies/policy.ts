/** Decides which keys stay. It holds keys only; the values are the cache's. */
export interface EvictionPolicy {
  readonly name: string;
  /** A resident key was asked for. */
  onHit(key: string): void;
  /** A key that is not resident came in. Returns the keys that must go, itself among them when it is not worth keeping. */
  onInsert(key: string): readonly string[];
  /** A key was removed for another reason. */
  onRemove(key: string): void;
  /** A key to give up now; undefined when there is none. */
  evict(): string | undefined;
  has(key: string): boolean;
}
