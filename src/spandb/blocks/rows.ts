/** Rows per block at most: a row's number fits 16 bits. */
export const BLOCK_ROWS = 16_384;

/** Bytes of identity per row: trace id 16, span id 8, parent id 8, start and end in ns 8 each. */
export const ID_BYTES = 48;

/** Where the parts of a row's identity begin. */
export const ID = { trace: 0, span: 16, parent: 24, start: 32, end: 40 } as const;

/** Bits of `flags`: status (2 bits), kind (3 bits), whether the span has no parent. */
export const FLAG = { statusMask: 3, kindShift: 2, kindMask: 7, root: 32 } as const;

/**
 * What makes a row of a trace this span and no other, as a key for maps: its id, start and kind. Senders exist that give
 * two spans of a trace one id: client and server of Zipkin's shared spans, and those with a fault. Neither is lost.
 */
export function spanKey(ids: Buffer, row: number, flags: number): string {
  const at = row * ID_BYTES;
  const kind = (flags >> FLAG.kindShift) & FLAG.kindMask;
  return (
    ids.toString('latin1', at + ID.span, at + ID.span + 8) +
    ids.toString('latin1', at + ID.start, at + ID.start + 8) +
    String(kind)
  );
}

/**
 * The columns that questions are asked of, one entry per record. For spans `duration` is in nanoseconds; for log
 * records it holds the severity number. `start` is in milliseconds since the epoch.
 */
export class Rows {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly traceHash: Uint32Array;
  /** Index into the block's operations. */
  readonly op: Uint16Array;
  /** Index into the block's scopes. */
  readonly scope: Uint16Array;
  readonly flags: Uint8Array;

  constructor(
    readonly capacity: number,
    buffer: ArrayBuffer = new ArrayBuffer(searchBytes(capacity)),
  ) {
    let at = 0;
    const take = (bytes: number): number => (at += bytes * capacity) - bytes * capacity;
    this.start = new Float64Array(buffer, take(8), capacity);
    this.duration = new Float64Array(buffer, take(8), capacity);
    this.traceHash = new Uint32Array(buffer, take(4), capacity);
    this.op = new Uint16Array(buffer, take(2), capacity);
    this.scope = new Uint16Array(buffer, take(2), capacity);
    this.flags = new Uint8Array(buffer, take(1), capacity);
  }

  /** The columns as they are stored. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.start.buffer);
  }

  /** Copies one row. */
  copy(to: number, from: Rows, row: number): void {
    this.start[to] = from.start[row] ?? 0;
    this.duration[to] = from.duration[row] ?? 0;
    this.traceHash[to] = from.traceHash[row] ?? 0;
    this.op[to] = from.op[row] ?? 0;
    this.scope[to] = from.scope[row] ?? 0;
    this.flags[to] = from.flags[row] ?? 0;
  }
}

/** Bytes of the stored columns. `capacity` is rounded up nowhere: the widest columns come first. */
export function searchBytes(capacity: number): number {
  return capacity * (8 + 8 + 4 + 2 + 2 + 1);
}

/** A blob as an ArrayBuffer of its own, aligned for typed arrays. */
export function alignedBuffer(blob: Uint8Array): ArrayBuffer {
  const { buffer } = blob;
  if (buffer instanceof ArrayBuffer && blob.byteOffset === 0 && blob.byteLength === buffer.byteLength) return buffer;
  return Uint8Array.from(blob).buffer;
}
