import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes';
import { readChunk, writeChunk } from './chunk';
import type { Columns } from './columns';
import { type Deleted, type Intervals, NOTHING_DELETED, removeDeleted, without } from './deleted';
import { CorruptDataError } from './errors';
import { publish, writeAll } from './files';

/*
 * A block: for each of its series one or more chunks, each with its length and CRC; then the index; then a tail with the
 * index's length, CRC and a magic number. It never changes; what is deleted of it is in a file beside it.
 */

const MAGIC = 0x31425454;
const TAIL = 12;
const FLUSH_BYTES = 1 << 20;
/** Gaps up to this are read through rather than skipped. */
const MAX_GAP = 1 << 16;
const MAX_READ = 4 << 20;

/** A finished block on disk, with its index in memory. */
export class Block {
  /** Samples of the file that count as gone. Replaced, never changed. */
  deleted: Deleted = NOTHING_DELETED;
  private users = 0;
  private retired = false;

  constructor(
    readonly path: string,
    /** Blocks are numbered as they are cut; a merged block has the number of its first source. */
    readonly number: number,
    /** How often it was merged. */
    readonly level: number,
    /** The numbers and levels of the blocks it was merged from. */
    readonly sources: readonly string[],
    readonly sizeBytes: number,
    private readonly file: FileHandle,
    readonly ids: Uint32Array,
    /** One more than `ids`. */
    readonly offsets: Float64Array,
    /** Oldest and newest sample of each series. */
    readonly firsts: Float64Array,
    readonly lasts: Float64Array,
    readonly oldest: number,
    readonly newest: number,
  ) {}

  get key(): string {
    return `${this.number}-${this.level}`;
  }

  /** The place of a series in the index, or -1. */
  indexOf(id: number): number {
    const { ids } = this;
    let low = 0;
    let high = ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = ids[middle] ?? 0;
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /**
   * The bytes of the series at these places of the index, ascending; neighbours are read together.
   * @throws CorruptDataError
   */
  async read(places: readonly number[], onSeries: (place: number, bytes: Buffer) => void): Promise<void> {
    this.users++;
    try {
      for (let i = 0; i < places.length;) {
        const start = this.offsets[places[i] ?? 0] ?? 0;
        let end = this.offsets[(places[i] ?? 0) + 1] ?? 0;
        let j = i + 1;
        while (j < places.length) {
          const from = this.offsets[places[j] ?? 0] ?? 0;
          const to = this.offsets[(places[j] ?? 0) + 1] ?? 0;
          if (from - end > MAX_GAP || to - start > MAX_READ) break;
          end = to;
          j++;
        }
        const bytes = await readAt(this.file, start, end - start);
        for (; i < j; i++) {
          const place = places[i] ?? 0;
          const from = (this.offsets[place] ?? 0) - start;
          onSeries(place, bytes.subarray(from, (this.offsets[place + 1] ?? 0) - start));
        }
      }
    } finally {
      await this.release();
    }
  }

  /** Keeps the file open, though the block may be removed, until `release`. */
  hold(): void {
    this.users++;
  }

  async release(): Promise<void> {
    this.users--;
    if (this.retired && this.users === 0) await this.file.close();
  }

  /** Removes the file; those who are reading may finish. */
  async remove(): Promise<void> {
    // In this order: without it, what is deleted would be there again after a crash in between.
    await rm(this.path, { force: true });
    await removeDeleted(this.path);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.retired) return;
    this.retired = true;
    if (this.users === 0) await this.file.close();
  }
}

/** The chunks in the bytes of one series. */
export function chunksOf(bytes: Buffer): Columns[] {
  const from = new ByteReader(bytes);
  const chunks: Columns[] = [];
  while (!from.done) {
    const size = from.varint();
    const crc = from.uint32();
    const body = from.bytes(size);
    if (crc32(body) !== crc) throw new CorruptDataError('a chunk of a block is damaged');
    chunks.push(readChunk(new ByteReader(body)));
  }
  return chunks;
}

/** The bytes of one series without its samples in these intervals; undefined when none is left. */
export function chunksWithout(
  bytes: Buffer,
  intervals: Intervals,
): { readonly first: number; readonly last: number; readonly bytes: Buffer } | undefined {
  const out = new ByteWriter(bytes.length + 64);
  const body = new ByteWriter(1 << 12);
  let first = Infinity;
  let last = -Infinity;
  for (const columns of chunksOf(bytes)) {
    const left = without(columns, intervals);
    if (left.length === 0) continue;
    first = Math.min(first, left.timestamps[0] ?? Infinity);
    last = Math.max(last, left.timestamps[left.length - 1] ?? -Infinity);
    writeFramedChunk(out, body, left);
  }
  return out.length === 0 ? undefined : { first, last, bytes: out.copy() };
}

function writeFramedChunk(out: ByteWriter, body: ByteWriter, columns: Columns): void {
  body.reset();
  writeChunk(body, columns);
  const view = body.view();
  out.varint(view.length);
  out.uint32(crc32(view));
  out.bytes(view);
}

/** Writes a block, series by series in ascending order of their numbers. */
export class BlockWriter {
  private readonly out = new ByteWriter(FLUSH_BYTES + (1 << 16));
  private readonly chunk = new ByteWriter(1 << 12);
  private readonly ids: number[] = [];
  private readonly offsets: number[] = [];
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];
  private flushed = 0;

  private constructor(
    private readonly directory: string,
    private readonly name: string,
    private readonly number: number,
    private readonly level: number,
    private readonly sources: readonly string[],
    private readonly file: FileHandle,
  ) {}

  static async create(
    directory: string,
    number: number,
    level: number,
    sources: readonly string[] = [],
  ): Promise<BlockWriter> {
    const name = blockName(number, level);
    const file = await open(join(directory, `${name}.tmp`), 'w');
    return new BlockWriter(directory, name, number, level, sources, file);
  }

  get seriesCount(): number {
    return this.ids.length;
  }

  /** Samples of one series; at least one. */
  add(id: number, columns: Columns): void {
    this.begin(id, columns.timestamps[0] ?? 0, columns.timestamps[columns.length - 1] ?? 0);
    writeFramedChunk(this.out, this.chunk, columns);
  }

  /** The bytes of one series as they stand in other blocks, oldest first. */
  addEncoded(id: number, first: number, last: number, parts: readonly Uint8Array[]): void {
    this.begin(id, first, last);
    for (const part of parts) this.out.bytes(part);
  }

  get full(): boolean {
    return this.out.length >= FLUSH_BYTES;
  }

  async flush(): Promise<void> {
    await writeAll(this.file, this.out.view());
    this.flushed += this.out.length;
    this.out.reset();
  }

  /** Makes the block durable. */
  async finish(): Promise<Block> {
    await this.flush();
    const index = new ByteWriter(this.ids.length * 16 + 64);
    this.writeIndex(index);
    const tail = new ByteWriter(TAIL);
    tail.uint32(index.length);
    tail.uint32(crc32(index.view()));
    tail.uint32(MAGIC);
    await writeAll(this.file, index.view());
    await writeAll(this.file, tail.view());
    await this.file.sync();
    await this.file.close();
    await publish(this.directory, `${this.name}.tmp`, this.name);
    return openBlock(join(this.directory, this.name), this.number, this.level);
  }

  async abandon(): Promise<void> {
    await this.file.close();
    await rm(join(this.directory, `${this.name}.tmp`), { force: true });
  }

  private begin(id: number, first: number, last: number): void {
    this.ids.push(id);
    this.offsets.push(this.flushed + this.out.length);
    this.firsts.push(first);
    this.lasts.push(last);
  }

  private writeIndex(out: ByteWriter): void {
    out.varint(this.sources.length);
    for (const source of this.sources) out.text(source);
    out.varint(this.ids.length);
    let id = 0;
    let offset = 0;
    for (let i = 0; i < this.ids.length; i++) {
      const first = this.firsts[i] ?? 0;
      out.varint((this.ids[i] ?? 0) - id);
      out.varint((this.offsets[i] ?? 0) - offset);
      out.zigzag(first);
      out.varint((this.lasts[i] ?? 0) - first);
      id = this.ids[i] ?? 0;
      offset = this.offsets[i] ?? 0;
    }
    out.varint(this.flushed);
  }
}

/** `00000007-0.block`: number and level. */
export function blockName(number: number, level: number): string {
  return `${String(number).padStart(8, '0')}-${level}.block`;
}

/** @throws CorruptDataError when its index cannot be read. */
export async function openBlock(path: string, number: number, level: number): Promise<Block> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = new ByteReader(await readAt(file, Math.max(0, size - TAIL), Math.min(size, TAIL)));
    const indexSize = tail.uint32();
    const crc = tail.uint32();
    if (tail.uint32() !== MAGIC || indexSize > size - TAIL) throw new CorruptDataError(`${path} is not a whole block`);
    const bytes = await readAt(file, size - TAIL - indexSize, indexSize);
    if (crc32(bytes) !== crc) throw new CorruptDataError(`the index of ${path} is damaged`);
    return readIndex(new ByteReader(bytes), path, number, level, size, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function readIndex(
  from: ByteReader,
  path: string,
  number: number,
  level: number,
  size: number,
  file: FileHandle,
): Block {
  const sources = Array.from({ length: from.count() }, () => from.text());
  const count = from.count(4);
  const ids = new Uint32Array(count);
  const offsets = new Float64Array(count + 1);
  const firsts = new Float64Array(count);
  const lasts = new Float64Array(count);
  let id = 0;
  let offset = 0;
  let oldest = Infinity;
  let newest = -Infinity;
  for (let i = 0; i < count; i++) {
    ids[i] = id += from.varint();
    offsets[i] = offset += from.varint();
    const first = from.zigzag();
    const last = first + from.varint();
    firsts[i] = first;
    lasts[i] = last;
    oldest = Math.min(oldest, first);
    newest = Math.max(newest, last);
  }
  offsets[count] = from.varint();
  return new Block(path, number, level, sources, size, file, ids, offsets, firsts, lasts, oldest, newest);
}

async function readAt(file: FileHandle, position: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  let got = 0;
  while (got < size) {
    const { bytesRead } = await file.read(bytes, got, size - got, position + got);
    if (bytesRead === 0) throw new CorruptDataError(`a block ends at byte ${position + got}`);
    got += bytesRead;
  }
  return bytes;
}
