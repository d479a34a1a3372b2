import type { NativeHistogram } from '../domain/histogram';
import { ByteReader, type ByteWriter } from './bytes';
import type { Columns } from './columns';
import { CorruptDataError } from './errors';
import { readHistogram, writeHistogram } from './histogram-codec';

/*
 * A chunk: count, flags, timestamps, values, stale indices, histograms. Timestamps are differences of differences in
 * zigzag varints, runs of zeros counted. Values are, where all are whole numbers below 2^51, differences in the same
 * form; else each is XORed with the one before, and the bytes that changed are kept.
 */

const WHOLE = 1;
const STALE = 2;
const HISTOGRAMS = 4;
const LARGEST_WHOLE = 2 ** 51;

/** Appends the first `columns.length` samples as a chunk; at least one. */
export function writeChunk(out: ByteWriter, columns: Columns): void {
  const { length, timestamps, stale, histograms } = columns;
  const hasStale = stale !== undefined && stale.subarray(0, length).includes(1);
  const hasHistograms = histograms !== undefined && histograms.some((histogram) => histogram !== undefined);
  const floats = plainValues(columns);
  const whole = isWhole(floats, length);
  out.varint(length);
  out.byte((whole ? WHOLE : 0) | (hasStale ? STALE : 0) | (hasHistograms ? HISTOGRAMS : 0));
  writeTimestamps(out, timestamps, length);
  if (whole) writeWhole(out, floats, length);
  else writeXor(out, floats, length);
  if (hasStale) writeStale(out, stale, length);
  if (hasHistograms) {
    for (let i = 0; i < length; i++) {
      const histogram = histograms[i];
      out.byte(histogram ? 1 : 0);
      if (histogram) writeHistogram(out, histogram);
    }
  }
}

/**
 * Reads the chunk at the reader's position.
 * @throws CorruptDataError
 */
export function readChunk(from: ByteReader): Columns {
  const length = from.varint();
  const flags = from.byte();
  if (length > MAX_CHUNK) throw new CorruptDataError(`a chunk of ${length} samples`);
  const timestamps = readTimestamps(from, length);
  const values = flags & WHOLE ? readWhole(from, length) : readXor(from, length);
  let stale: Uint8Array | undefined;
  if (flags & STALE) {
    stale = readStale(from, length);
    for (let i = 0; i < length; i++) if (stale[i] === 1) values[i] = NaN;
  }
  let histograms: (NativeHistogram | undefined)[] | undefined;
  if (flags & HISTOGRAMS) {
    histograms = [];
    for (let i = 0; i < length; i++) histograms.push(from.byte() === 1 ? readHistogram(from) : undefined);
  }
  return { length, timestamps, values, stale, histograms };
}

/** The chunk that these bytes are. */
export function decodeChunk(bytes: Uint8Array): Columns {
  return readChunk(new ByteReader(bytes));
}

const MAX_CHUNK = 1 << 26;

/** Values without those that mean nothing: a marker or histogram repeats the value before. */
function plainValues({ length, values, stale, histograms }: Columns): Float64Array {
  if (!stale && !histograms) return values;
  const plain = values.slice(0, length);
  for (let i = 0; i < length; i++)
    if (stale?.[i] === 1 || histograms?.[i]) plain[i] = i === 0 ? 0 : (plain[i - 1] ?? 0);
  return plain;
}

function isWhole(values: Float64Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isInteger(value) || Math.abs(value) > LARGEST_WHOLE || Object.is(value, -0)) return false;
  }
  return true;
}

/** Zero is followed by how many zeros it stands for. */
class RunWriter {
  private zeros = 0;

  constructor(private readonly out: ByteWriter) {}

  push(value: number): void {
    if (value === 0) {
      this.zeros++;
      return;
    }
    this.flush();
    this.out.zigzag(value);
  }

  flush(): void {
    if (this.zeros === 0) return;
    this.out.byte(0);
    this.out.varint(this.zeros);
    this.zeros = 0;
  }
}

class RunReader {
  private zeros = 0;

  constructor(private readonly from: ByteReader) {}

  next(): number {
    if (this.zeros > 0) {
      this.zeros--;
      return 0;
    }
    const value = this.from.zigzag();
    if (value !== 0) return value;
    this.zeros = this.from.varint() - 1;
    if (this.zeros < 0) throw new CorruptDataError('an empty run in a chunk');
    return 0;
  }
}

function writeTimestamps(out: ByteWriter, timestamps: Float64Array, length: number): void {
  const runs = new RunWriter(out);
  let last = timestamps[0] ?? 0;
  let delta = 0;
  out.zigzag(last);
  for (let i = 1; i < length; i++) {
    const t = timestamps[i] ?? 0;
    runs.push(t - last - delta);
    delta = t - last;
    last = t;
  }
  runs.flush();
}

function readTimestamps(from: ByteReader, length: number): Float64Array {
  const timestamps = new Float64Array(length);
  const runs = new RunReader(from);
  let last = from.zigzag();
  let delta = 0;
  timestamps[0] = last;
  for (let i = 1; i < length; i++) {
    delta += runs.next();
    last += delta;
    timestamps[i] = last;
  }
  return timestamps;
}

function writeWhole(out: ByteWriter, values: Float64Array, length: number): void {
  const runs = new RunWriter(out);
  let last = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0;
    runs.push(value - last);
    last = value;
  }
  runs.flush();
}

function readWhole(from: ByteReader, length: number): Float64Array {
  const values = new Float64Array(length);
  const runs = new RunReader(from);
  let last = 0;
  for (let i = 0; i < length; i++) {
    last += runs.next();
    values[i] = last;
  }
  return values;
}

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/** Per value one byte (first changed byte in the upper half, count of changed bytes in the lower), then those bytes. */
function writeXor(out: ByteWriter, values: Float64Array, length: number): void {
  const last = new Uint8Array(8);
  for (let i = 0; i < length; i++) {
    float[0] = values[i] ?? 0;
    let first = 0;
    while (first < 8 && floatBytes[first] === last[first]) first++;
    let end = 8;
    while (end > first && floatBytes[end - 1] === last[end - 1]) end--;
    out.byte(first === 8 ? 0 : (first << 4) | (end - first));
    for (let k = first; k < end; k++) {
      const byte = floatBytes[k] ?? 0;
      out.byte(byte);
      last[k] = byte;
    }
  }
}

function readXor(from: ByteReader, length: number): Float64Array {
  const values = new Float64Array(length);
  floatBytes.fill(0);
  for (let i = 0; i < length; i++) {
    const control = from.byte();
    const first = control >>> 4;
    const end = first + (control & 15);
    if (end > 8) throw new CorruptDataError('a value in a chunk has more than eight bytes');
    for (let k = first; k < end; k++) floatBytes[k] = from.byte();
    values[i] = float[0] ?? 0;
  }
  return values;
}

function writeStale(out: ByteWriter, stale: Uint8Array, length: number): void {
  const runs = new RunWriter(out);
  for (let i = 0; i < length; i++) runs.push(stale[i] ?? 0);
  runs.flush();
}

function readStale(from: ByteReader, length: number): Uint8Array {
  const stale = new Uint8Array(length);
  const runs = new RunReader(from);
  for (let i = 0; i < length; i++) stale[i] = runs.next();
  return stale;
}
