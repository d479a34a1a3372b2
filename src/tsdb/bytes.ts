import { CorruptDataError } from './errors';

/** A growing buffer. Numbers are little-endian; varints hold whole numbers up to 2^53. */
export class ByteWriter {
  private buffer: Buffer;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  reset(): void {
    this.length = 0;
  }

  /** A view of what was written; valid until the next write. */
  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** A copy of what was written. */
  copy(): Buffer {
    return Buffer.from(this.view());
  }

  byte(value: number): void {
    this.ensure(1);
    this.buffer[this.length++] = value;
  }

  uint32(value: number): void {
    this.ensure(4);
    this.length = this.buffer.writeUInt32LE(value, this.length);
  }

  double(value: number): void {
    this.ensure(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  varint(value: number): void {
    this.ensure(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest < 0x80000000 ? rest & 0x7f : rest % 128) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  /** A whole number of either sign, within ±2^52. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.ensure(size);
    this.length += this.buffer.write(value, this.length);
  }

  bytes(value: Uint8Array): void {
    this.ensure(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** Overwrites four bytes written before. */
  patchUint32(at: number, value: number): void {
    this.buffer.writeUInt32LE(value, at);
  }

  private ensure(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + more));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

/** Reads what a ByteWriter wrote. Every method throws CorruptDataError beyond the end. */
export class ByteReader {
  readonly buffer: Buffer;

  constructor(
    bytes: Uint8Array,
    public position = 0,
    public readonly end = bytes.length,
  ) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    const value = this.position < this.end ? this.buffer[this.position++] : undefined;
    if (value === undefined) throw new CorruptDataError(`data ends at byte ${this.end}`);
    return value;
  }

  uint32(): number {
    return this.buffer.readUInt32LE(this.take(4));
  }

  double(): number {
    return this.buffer.readDoubleLE(this.take(8));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const part = this.byte();
      value += (part & 0x7f) * scale;
      if (part < 0x80) return value;
      scale *= 128;
    }
    throw new CorruptDataError(`a number at byte ${this.position} is too long`);
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A count of things that each take at least `size` bytes: refuses what cannot fit. */
  count(size = 1): number {
    const value = this.varint();
    if (value * size > this.end - this.position) throw new CorruptDataError(`a count of ${value} does not fit`);
    return value;
  }

  text(): string {
    const size = this.count();
    const start = this.take(size);
    return this.buffer.toString('utf8', start, start + size);
  }

  bytes(size: number): Buffer {
    const start = this.take(size);
    return this.buffer.subarray(start, start + size);
  }

  private take(size: number): number {
    const start = this.position;
    if (size < 0 || start + size > this.end) throw new CorruptDataError(`data ends at byte ${this.end}`);
    this.position = start + size;
    return start;
  }
}
