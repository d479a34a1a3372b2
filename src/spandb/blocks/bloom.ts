const BITS_PER_KEY = 12;
const PROBES = 6;

/** A set of 32-bit hashes that may say "perhaps" where it should say "no" (about 1 in 200), never the reverse. */
export class BloomFilter {
  private constructor(private readonly bits: Uint8Array) {}

  /** For so many different hashes. */
  static for(keys: number): BloomFilter {
    return new BloomFilter(new Uint8Array(Math.max(8, Math.ceil((keys * BITS_PER_KEY) / 8))));
  }

  static from(bytes: Uint8Array): BloomFilter {
    return new BloomFilter(bytes);
  }

  get bytes(): Uint8Array {
    return this.bits;
  }

  add(hash: number): void {
    const size = this.bits.length * 8;
    let probe = hash;
    const step = stepOf(hash);
    for (let i = 0; i < PROBES; i++) {
      const bit = probe % size;
      this.bits[bit >>> 3] = (this.bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
      probe = (probe + step) >>> 0;
    }
  }

  mayHave(hash: number): boolean {
    const size = this.bits.length * 8;
    let probe = hash;
    const step = stepOf(hash);
    for (let i = 0; i < PROBES; i++) {
      const bit = probe % size;
      if (((this.bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
      probe = (probe + step) >>> 0;
    }
    return true;
  }
}

/** The second hash of double hashing; odd. */
function stepOf(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) | 1) >>> 0;
}
