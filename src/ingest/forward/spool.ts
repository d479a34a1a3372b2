import { mkdir, open, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMillis } from '../../base/clock';
import { SIGNALS } from '../../otlp';
import type { Signal } from '../../otlp';

/** Where a request lies on disk. */
export interface Place {
  readonly segment: number;
  /** Of the body. */
  readonly offset: number;
  readonly length: number;
}

/** A request found on disk. */
export interface SpooledRequest {
  readonly signal: Signal;
  readonly since: EpochMillis;
  readonly place: Place;
}

interface Pending {
  readonly bytes: readonly Uint8Array[];
  readonly size: number;
  readonly length: number;
  resolve(place: Place): void;
  reject(error: unknown): void;
}

/** A record is `mark, signal, length, since`, the body, and the mark again: without that it was not written whole. */
const MARK = 0x31_57_46_54;
const HEAD_BYTES = 20;
const TAIL_BYTES = 4;
const POSITION_FILE = 'position.json';

/**
 * Requests on disk until they are sent: a log in segments, of which those that were sent whole are removed. What `append`
 * resolved for is found again after a crash. What was settled just before one may be found again as well.
 */
export class Spool {
  private readonly live = new Map<number, number>();
  private handle: FileHandle | undefined;
  private segment = 0;
  private size = 0;
  private readonly pending: Pending[] = [];
  private writing: Promise<void> | undefined;
  private position: { segment: number; offset: number } | undefined;
  private positionWriting: Promise<void> | undefined;

  private constructor(
    private readonly folder: string,
    private readonly segmentBytes: number,
  ) {}

  /** Opens a folder, makes it where there is none, and gives what waits in it, the oldest first. */
  static async open(
    folder: string,
    segmentBytes = 4_194_304,
  ): Promise<{ readonly spool: Spool; readonly found: readonly SpooledRequest[] }> {
    await mkdir(folder, { recursive: true });
    const spool = new Spool(folder, segmentBytes);
    const found: SpooledRequest[] = [];
    const sent = await readPosition(join(folder, POSITION_FILE));
    const segments = (await readdir(folder))
      .filter((name) => /^\d+\.log$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    for (const segment of segments) {
      const requests = (await readSegment(spool.pathOf(segment), segment)).filter(
        ({ place }) => segment > sent.segment || (segment === sent.segment && place.offset > sent.offset),
      );
      found.push(...requests);
      if (requests.length === 0) await unlink(spool.pathOf(segment));
      else spool.live.set(segment, requests.length);
    }
    // Never behind a torn record: a new run begins a new segment.
    spool.segment = Math.max(sent.segment, ...segments, 0);
    return { spool, found };
  }

  /** Resolves when the request is on disk; those that come meanwhile go to the disk together. */
  append(signal: Signal, since: EpochMillis, body: Uint8Array): Promise<Place> {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(MARK, 0);
    head.writeUInt32LE(SIGNALS.indexOf(signal), 4);
    head.writeUInt32LE(body.byteLength, 8);
    head.writeDoubleLE(since, 12);
    const tail = Buffer.alloc(TAIL_BYTES);
    tail.writeUInt32LE(MARK, 0);
    return new Promise((resolve, reject) => {
      const size = HEAD_BYTES + body.byteLength + TAIL_BYTES;
      this.pending.push({ bytes: [head, body, tail], size, length: body.byteLength, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** A request's body. */
  async read({ segment, offset, length }: Place): Promise<Uint8Array<ArrayBuffer>> {
    const handle = await open(this.pathOf(segment), 'r');
    try {
      const body = new Uint8Array(length);
      await handle.read(body, 0, length, offset);
      return body;
    } finally {
      await handle.close();
    }
  }

  /**
   * A request is done with. It is not found again if it was the oldest; another may be, while its segment is there.
   */
  async settle({ segment, offset }: Place, { isOldest = true }: { readonly isOldest?: boolean } = {}): Promise<void> {
    const left = (this.live.get(segment) ?? 1) - 1;
    this.live.set(segment, left);
    if (isOldest) this.position = { segment, offset };
    if (this.position !== undefined) this.positionWriting ??= this.writePositions();
    if (left > 0 || (segment === this.segment && this.handle !== undefined)) return;
    this.live.delete(segment);
    await unlink(this.pathOf(segment)).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.positionWriting;
    await this.handle?.close();
    this.handle = undefined;
    if (this.live.get(this.segment) === 0) await unlink(this.pathOf(this.segment)).catch(() => undefined);
  }

  private async writeAll(): Promise<void> {
    while (this.pending.length > 0) {
      const batch = this.pending.splice(0);
      try {
        const handle = await this.current();
        const { segment } = this;
        let at = this.size;
        await handle.writev(
          batch.flatMap(({ bytes }) => [...bytes]),
          at,
        );
        await handle.datasync();
        this.live.set(segment, (this.live.get(segment) ?? 0) + batch.length);
        for (const { size, length, resolve } of batch) {
          resolve({ segment, offset: at + HEAD_BYTES, length });
          at += size;
        }
        this.size = at;
      } catch (error) {
        await this.handle?.close().catch(() => undefined);
        this.handle = undefined;
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same turn as the last look at what is pending: what comes next begins anew.
    this.writing = undefined;
  }

  /** The segment that is written to; a new one when it is full. */
  private async current(): Promise<FileHandle> {
    if (this.handle !== undefined && this.size < this.segmentBytes) return this.handle;
    const full = this.segment;
    await this.handle?.close();
    if (this.live.get(full) === 0) {
      this.live.delete(full);
      await unlink(this.pathOf(full)).catch(() => undefined);
    }
    this.segment++;
    this.size = 0;
    return (this.handle = await open(this.pathOf(this.segment), 'w'));
  }

  private async writePositions(): Promise<void> {
    const path = join(this.folder, POSITION_FILE);
    while (this.position !== undefined) {
      const text = JSON.stringify(this.position);
      this.position = undefined;
      // A lost position costs a request sent twice, no more.
      await writeFile(`${path}.new`, text)
        .then(() => rename(`${path}.new`, path))
        .catch(() => undefined);
    }
    this.positionWriting = undefined;
  }

  private pathOf(segment: number): string {
    return join(this.folder, `${String(segment).padStart(10, '0')}.log`);
  }
}

async function readPosition(path: string): Promise<{ segment: number; offset: number }> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null && 'segment' in value && 'offset' in value)
      return { segment: Number(value.segment) || 0, offset: Number(value.offset) || 0 };
  } catch {
    // None was written yet.
  }
  return { segment: 0, offset: 0 };
}

/** The requests of a segment, up to the first that was not written whole. */
async function readSegment(path: string, segment: number): Promise<SpooledRequest[]> {
  const requests: SpooledRequest[] = [];
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(HEAD_BYTES);
    const tail = Buffer.alloc(TAIL_BYTES);
    for (let at = 0; at + HEAD_BYTES + TAIL_BYTES <= size;) {
      await handle.read(head, 0, HEAD_BYTES, at);
      const signal = SIGNALS[head.readUInt32LE(4)];
      const length = head.readUInt32LE(8);
      const end = at + HEAD_BYTES + length;
      if (head.readUInt32LE(0) !== MARK || signal === undefined || end + TAIL_BYTES > size) break;
      await handle.read(tail, 0, TAIL_BYTES, end);
      if (tail.readUInt32LE(0) !== MARK) break;
      requests.push({ signal, since: head.readDoubleLE(12), place: { segment, offset: at + HEAD_BYTES, length } });
      at = end + TAIL_BYTES;
    }
  } finally {
    await handle.close();
  }
  return requests;
}
