import { tagOf, WIRE } from './reader';

/** Writes protobuf. Messages nest by `begin` and `end`; fields of their default value are the caller's to leave out. */
export class WireWriter {
  private buffer: Buffer;
  private view: DataView;
  private pos = 0;

  constructor(capacity = 4096) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.buffer);
  }

  /** The bytes so far, copied out of the writer's own buffer. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.pos);
    bytes.set(this.buffer.subarray(0, this.pos));
    return bytes;
  }

  get size(): number {
    return this.pos;
  }

  /** Starts a nested message; give what it returns to `end`. */
  begin(field: number): number {
    this.varint32(tagOf(field, WIRE.bytes));
    this.reserve(1);
    return this.pos++;
  }

  /** Ends a nested message: its length goes where `begin` left a byte, moving the content when one does not do. */
  end(at: number): void {
    const length = this.pos - at - 1;
    const size = varintSize(length);
    if (size > 1) {
      this.reserve(size - 1);
      this.buffer.copyWithin(at + size, at + 1, this.pos);
      this.pos += size - 1;
    }
    let rest = length;
    let cursor = at;
    while (rest > 0x7f) {
      this.buffer[cursor++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[cursor] = rest;
  }

  string(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.varint32(tagOf(field, WIRE.bytes));
    this.varint32(length);
    this.reserve(length);
    this.buffer.write(text, this.pos, 'utf8');
    this.pos += length;
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.varint32(tagOf(field, WIRE.bytes));
    this.varint32(bytes.length);
    this.raw(bytes);
  }

  /** Bytes as they are: fields already encoded. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.pos);
    this.pos += bytes.length;
  }

  hex(field: number, text: string): void {
    this.varint32(tagOf(field, WIRE.bytes));
    this.varint32(text.length >>> 1);
    this.reserve(text.length >>> 1);
    this.pos += this.buffer.write(text, this.pos, 'hex');
  }

  uint32(field: number, value: number): void {
    this.varint32(tagOf(field, WIRE.varint));
    this.varint32(value >>> 0);
  }

  /** Negative numbers take ten bytes, as protobuf has it. */
  int32(field: number, value: number): void {
    if (value < 0) this.int64(field, BigInt(value));
    else this.uint32(field, value);
  }

  sint32(field: number, value: number): void {
    this.uint32(field, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  bool(field: number, value: boolean): void {
    this.uint32(field, value ? 1 : 0);
  }

  int64(field: number, value: number | bigint): void {
    this.varint32(tagOf(field, WIRE.varint));
    if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff) this.varint32(value);
    else if (typeof value === 'number' && value > 0 && Number.isSafeInteger(value)) this.varint53(value);
    else this.varint64(BigInt.asUintN(64, BigInt(value)));
  }

  fixed32(field: number, value: number): void {
    this.varint32(tagOf(field, WIRE.fixed32));
    this.reserve(4);
    this.view.setUint32(this.pos, value >>> 0, true);
    this.pos += 4;
  }

  fixed64(field: number, value: number | bigint): void {
    this.varint32(tagOf(field, WIRE.fixed64));
    this.rawFixed64(value);
  }

  double(field: number, value: number): void {
    this.varint32(tagOf(field, WIRE.fixed64));
    this.rawDouble(value);
  }

  /** Without a tag: an element of a packed field. */
  rawFixed64(value: number | bigint): void {
    this.reserve(8);
    this.view.setBigUint64(this.pos, BigInt.asUintN(64, BigInt(value)), true);
    this.pos += 8;
  }

  /** Without a tag: an element of a packed field. */
  rawDouble(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.pos, value, true);
    this.pos += 8;
  }

  /** Without a tag: an element of a packed field. */
  rawVarint(value: number | bigint): void {
    this.varint64(BigInt.asUintN(64, BigInt(value)));
  }

  private varint32(value: number): void {
    this.reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.pos++] = rest;
  }

  /** A whole number between 2^32 and 2^53: times in milliseconds, which need no BigInt. */
  private varint53(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.pos++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.pos++] = rest;
  }

  private varint64(value: bigint): void {
    this.reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.buffer[this.pos++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.pos++] = Number(rest);
  }

  private reserve(count: number): void {
    const needed = this.pos + count;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.pos);
    this.buffer = grown;
    this.view = viewOf(grown);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}
