import { RemoteWriteDecodeError } from '../errors';

/**
 * Decompresses Snappy's block format.
 * @throws RemoteWriteDecodeError when it is malformed, or longer than `maxBytes` when decompressed.
 */
export function snappyDecompress(bytes: Uint8Array, maxBytes: number): Buffer {
  let position = 0;
  const { size, next } = readLength(bytes);
  if (size > maxBytes) throw new RemoteWriteDecodeError(`the request has ${size} bytes; at most ${maxBytes} are taken`);
  // A block expands at most about 21-fold: a larger claim is a lie, found before memory is taken for it.
  if (size > bytes.length * 32 + 64) throw broken('claims more than it can hold', 0);
  position = next;
  const out = Buffer.allocUnsafe(size);
  let written = 0;
  while (position < bytes.length) {
    const tag = bytes[position++] ?? 0;
    if ((tag & 3) === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const width = length - 59;
        if (position + width > bytes.length) throw broken('is cut short', position);
        length = 0;
        for (let i = width - 1; i >= 0; i--) length = length * 256 + (bytes[position + i] ?? 0);
        position += width;
      }
      length++;
      if (position + length > bytes.length || written + length > size) throw broken('has a literal too long', position);
      out.set(bytes.subarray(position, position + length), written);
      position += length;
      written += length;
      continue;
    }
    const width = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4;
    if (position + width > bytes.length) throw broken('is cut short', position);
    let offset = 0;
    for (let i = width - 1; i >= 0; i--) offset = offset * 256 + (bytes[position + i] ?? 0);
    position += width;
    let length = (tag >>> 2) + 1;
    if (width === 1) {
      length = ((tag >>> 2) & 7) + 4;
      offset += (tag >>> 5) * 256;
    }
    if (offset === 0 || offset > written || written + length > size) throw broken('has a copy out of range', position);
    if (offset >= length) out.copyWithin(written, written - offset, written - offset + length);
    else for (let i = 0; i < length; i++) out[written + i] = out[written - offset + i] ?? 0;
    written += length;
  }
  if (written !== size) throw broken('ends early', position);
  return out;
}

const HASH_BITS = 14;

/** Compresses to Snappy's block format. */
export function snappyCompress(bytes: Uint8Array): Buffer {
  return Buffer.concat([snappyLength(bytes.length), snappyElements(bytes)]);
}

/**
 * What follows the length in the block format: no part refers to another, so that long content can be compressed part by part.
 * @see snappyLength which goes once before all parts
 */
export function snappyElements(bytes: Uint8Array): Buffer {
  const out: Buffer[] = [];
  const table = new Int32Array(1 << HASH_BITS).fill(-1);
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let literal = 0;
  let position = 0;
  while (position + 4 <= source.length) {
    const word = source.readUInt32LE(position);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = table[slot] ?? -1;
    table[slot] = position;
    if (candidate < 0 || position - candidate > 65_535 || source.readUInt32LE(candidate) !== word) {
      position++;
      continue;
    }
    let length = 4;
    while (
      position + length < source.length &&
      length < 64 &&
      source[candidate + length] === source[position + length]
    ) {
      length++;
    }
    if (literal < position) out.push(literalHead(position - literal), source.subarray(literal, position));
    const offset = position - candidate;
    out.push(Buffer.from([((length - 1) << 2) | 2, offset & 255, offset >>> 8]));
    position += length;
    literal = position;
  }
  if (literal < source.length) out.push(literalHead(source.length - literal), source.subarray(literal));
  return Buffer.concat(out);
}

function literalHead(length: number): Buffer {
  const size = length - 1;
  if (size < 60) return Buffer.from([size << 2]);
  const width = size < 256 ? 1 : size < 65_536 ? 2 : size < 16_777_216 ? 3 : 4;
  const head = Buffer.alloc(1 + width);
  head[0] = (59 + width) << 2;
  head.writeUIntLE(size, 1, width);
  return head;
}

function readLength(bytes: Uint8Array): { size: number; next: number } {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) break;
    size += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { size, next: i + 1 };
  }
  throw broken('has no length', 0);
}

/** The length of the content, which begins the block format. */
export function snappyLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function broken(what: string, position: number): RemoteWriteDecodeError {
  return new RemoteWriteDecodeError(`the request is not Snappy's block format: it ${what} at byte ${position}`);
}
