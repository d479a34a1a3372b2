interface Entry {
  readonly value: object;
  readonly bytes: number;
}

/** Decoded parts of blocks, the least recently used given up beyond a number of bytes. */
export class PartCache {
  private readonly entries = new Map<string, Entry>();
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /** Bytes held now. */
  get bytes(): number {
    return this.held;
  }

  /** The value under the key, loaded when it is not there. A key always has values of one type: its maker's. */
  get<T extends object>(key: string, load: () => { value: T; bytes: number }): T {
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.value as T;
    }
    const loaded = load();
    this.entries.set(key, loaded);
    this.held += loaded.bytes;
    this.shrink();
    return loaded.value;
  }

  /** Forgets everything under keys that begin so. */
  drop(prefix: string): void {
    for (const [key, { bytes }] of this.entries) {
      if (!key.startsWith(prefix)) continue;
      this.entries.delete(key);
      this.held -= bytes;
    }
  }

  /** The newest entry always stays. */
  private shrink(): void {
    for (const [key, { bytes }] of this.entries) {
      if (this.held <= this.maxBytes || this.entries.size === 1) return;
      this.entries.delete(key);
      this.held -= bytes;
    }
  }
}
