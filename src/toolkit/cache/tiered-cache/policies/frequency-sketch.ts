/** A count-min sketch of four-bit counters that halves itself, so that old fame fades (Einziger et al., TinyLFU, 2017). */
export class FrequencySketch {
  private readonly table: Uint8Array;
  private readonly mask: number;
  private readonly sampleSize: number;
  private additions = 0;

  constructor(capacity: number) {
    const width = 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 4)));
    this.table = new Uint8Array(width * DEPTH);
    this.mask = width - 1;
    this.sampleSize = 10 * Math.max(16, capacity);
  }

  increment(key: string): void {
    const hash = hashOf(key);
    let grew = false;
    for (let row = 0; row < DEPTH; row++) {
      const at = this.indexOf(hash, row);
      const count = this.table[at] ?? 0;
      if (count < MOST) {
        this.table[at] = count + 1;
        grew = true;
      }
    }
    if (grew && ++this.additions >= this.sampleSize) this.halve();
  }

  frequency(key: string): number {
    const hash = hashOf(key);
    let least = MOST;
    for (let row = 0; row < DEPTH; row++) least = Math.min(least, this.table[this.indexOf(hash, row)] ?? 0);
    return least;
  }

  private indexOf(hash: number, row: number): number {
    const mixed = Math.imul(hash ^ (row * 0x9e37_79b9), 0x85eb_ca6b);
    return (((mixed ^ (mixed >>> 15)) & this.mask) >>> 0) * DEPTH + row;
  }

  private halve(): void {
    for (let at = 0; at < this.table.length; at++) this.table[at] = (this.table[at] ?? 0) >> 1;
    this.additions >>= 1;
  }
}

const DEPTH = 4;
const MOST = 15;

/** FNV-1a with a final mix; 32 bits. */
export function hashOf(key: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d);
  return (hash ^ (hash >>> 15)) >>> 0;
}
