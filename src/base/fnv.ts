/** FNV-1a, 64 bits, in two halves of plain numbers: the same hash as `fnv1a64`, without big integers. */
export class Fnv1a64 {
  private high = 0xcbf29ce4;
  private low = 0x84222325;

  /** Takes one byte, 0 to 255. */
  byte(byte: number): void {
    const low = (this.low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3;
    this.high = (Math.imul(this.high, 0x1b3) + Math.floor(product / 4_294_967_296) + (low << 8)) >>> 0;
    this.low = product >>> 0;
  }

  /** Takes the UTF-8 bytes of a text. */
  text(text: string): void {
    let { high, low } = this;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        // Rare: the rest goes through the encoder, which pairs surrogates.
        this.high = high;
        this.low = low;
        for (const byte of Buffer.from(text.slice(i), 'utf8')) this.byte(byte);
        return;
      }
      const mixed = (low ^ unit) >>> 0;
      const product = mixed * 0x1b3;
      high = (Math.imul(high, 0x1b3) + ((product / 4_294_967_296) >>> 0) + (mixed << 8)) >>> 0;
      low = product >>> 0;
    }
    this.high = high;
    this.low = low;
  }

  /** 16 hex digits. */
  hex(): string {
    return hexOf(this.high) + hexOf(this.low);
  }
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(word: number): string {
  const digits = (shift: number): string => BYTES[(word >>> shift) & 0xff] ?? '';
  return digits(24) + digits(16) + digits(8) + digits(0);
}
