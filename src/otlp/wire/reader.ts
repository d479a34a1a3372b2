import { OtlpDecodeError } from '../errors';

/** Wire types of protobuf. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** The tag of a field as it stands on the wire. */
export function tagOf(field: number, wire: number): number {
  return (field << 3) | wire;
}

/** Groups and values nested deeper are refused. */
export const MAX_NESTING = 64;

/**
 * Attributes, values within them, events and links that one record may have in all: beyond it the record is refused unread,
 * so that none holds a thread for long.
 */
export const MAX_VALUES = 10_000;

/** Bytes that a resource or a scope may have: both are read once per batch of their records. */
export const MAX_ENVELOPE_BYTES = 65_536;

/**
 * A cursor over protobuf bytes; every read is checked against the end of the message being read. 64-bit numbers are
 * left in `lo` and `hi` (unsigned halves), so that reading them allocates nothing.
 */
export class WireReader {
  readonly buffer: Buffer;
  private readonly view: DataView;
  pos: number;
  /** End of the message being read, exclusive. */
  end: number;
  /** Lower half of the last 64-bit number, unsigned. */
  lo = 0;
  /** Upper half of the last 64-bit number, unsigned. */
  hi = 0;
  /** Attributes and values passed over since the owner set it to 0; those beyond `MAX_VALUES` are not looked into. */
  values = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = start;
    this.end = end;
  }

  /** @throws OtlpDecodeError, always. */
  fail(problem: string, offset = this.pos): never {
    throw new OtlpDecodeError(problem, { offset });
  }

  /** The next field's tag. */
  tag(): number {
    const start = this.pos;
    const first = this.buffer[start];
    if (first !== undefined && first < 0x80 && start < this.end) {
      this.pos = start + 1;
      if (first < 8) this.fail('field number 0', start);
      return first;
    }
    this.varint();
    if (this.hi !== 0 || this.lo >>> 3 === 0) this.fail('field number out of range', start);
    return this.lo;
  }

  /** Reads a varint into `lo` and `hi`. */
  varint(): void {
    const { buffer, end } = this;
    const start = this.pos;
    let pos = start;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) this.fail('message ends within a number', start);
      const byte = buffer[pos++] ?? 0;
      const part = byte & 0x7f;
      if (shift < 28) lo |= part << shift;
      else if (shift === 28) {
        lo |= part << 28;
        hi = part >>> 4;
      } else if (shift < 63) hi |= part << (shift - 32);
      else hi |= (part & 1) << 31;
      if (byte < 0x80) {
        this.pos = pos;
        this.lo = lo >>> 0;
        this.hi = hi >>> 0;
        return;
      }
    }
    this.fail('number longer than 10 bytes', start);
  }

  /** The lower 32 bits of a varint, unsigned. */
  uint32(): number {
    const byte = this.buffer[this.pos];
    if (byte !== undefined && byte < 0x80 && this.pos < this.end) {
      this.pos++;
      return byte;
    }
    this.varint();
    return this.lo;
  }

  /** The lower 32 bits of a varint, signed. */
  int32(): number {
    return this.uint32() | 0;
  }

  /** Zigzag. */
  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    this.varint();
    return this.lo !== 0 || this.hi !== 0;
  }

  /** A varint, unsigned. */
  uint64(): bigint {
    this.varint();
    return this.big();
  }

  /** A varint, signed: a number where it is exact, else a bigint. */
  int64(): number | bigint {
    this.varint();
    return this.signed();
  }

  /** Reads 8 bytes into `lo` and `hi`. */
  fixed64(): void {
    const at = this.advance(8);
    this.lo = this.view.getUint32(at, true);
    this.hi = this.view.getUint32(at + 4, true);
  }

  fixed64Big(): bigint {
    const at = this.advance(8);
    return this.view.getBigUint64(at, true);
  }

  sfixed64(): number | bigint {
    this.fixed64();
    return this.signed();
  }

  fixed32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.advance(8), true);
  }

  /** The length of what follows, checked to lie within the message; the cursor stands at its first byte. */
  length(): number {
    const start = this.pos;
    const length = this.uint32();
    if (length > this.end - this.pos) this.fail(`length ${length} reaches beyond the message`, start);
    return length;
  }

  /** Passes over a length and what it counts. */
  skipBytes(): void {
    const length = this.length();
    this.pos += length;
  }

  string(): string {
    const length = this.length();
    const start = this.pos;
    this.pos = start + length;
    return textOf(this.buffer, start, start + length);
  }

  /** A copy: it outlives the message. */
  bytes(): Uint8Array {
    const length = this.length();
    const start = this.pos;
    this.pos = start + length;
    return Uint8Array.prototype.slice.call(this.buffer, start, start + length);
  }

  /** Narrows the reader to the message that follows; give what it returns to `leave`. */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
  }

  /** Passes over the value of a field that means nothing here. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case WIRE.varint:
        this.varint();
        return;
      case WIRE.fixed64:
        this.advance(8);
        return;
      case WIRE.bytes: {
        const length = this.length();
        this.pos += length;
        return;
      }
      case WIRE.fixed32:
        this.advance(4);
        return;
      case WIRE.groupStart:
        this.skipGroup(tag >>> 3, depth);
        return;
      default:
        this.fail(`wire type ${tag & 7} of field ${tag >>> 3}`);
    }
  }

  private skipGroup(field: number, depth: number): void {
    if (depth >= MAX_NESTING) this.fail('groups nested too deeply');
    while (this.pos < this.end) {
      const tag = this.tag();
      if ((tag & 7) === WIRE.groupEnd) {
        if (tag >>> 3 !== field) this.fail('a group ends that did not begin');
        return;
      }
      this.skip(tag, depth + 1);
    }
    this.fail('message ends within a group');
  }

  private advance(count: number): number {
    const at = this.pos;
    if (count > this.end - at) this.fail('message ends within a field');
    this.pos = at + count;
    return at;
  }

  private big(): bigint {
    return (BigInt(this.hi) << 32n) | BigInt(this.lo);
  }

  private signed(): number | bigint {
    const hi = this.hi | 0;
    if (hi >= -0x200000 && hi < 0x200000) return hi * 4_294_967_296 + this.lo;
    return BigInt.asIntN(64, this.big());
  }
}

/** UTF-8 text of a range; a malformed sequence becomes U+FFFD. Short plain ASCII takes a fast way. */
export function textOf(buffer: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > 24) return buffer.toString('utf8', start, end);
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = buffer[i] ?? 0;
    if (byte >= 0x80) return buffer.toString('utf8', start, end);
    text += String.fromCharCode(byte);
  }
  return text;
}
