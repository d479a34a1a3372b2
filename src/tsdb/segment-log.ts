import { mkdir, open, readFile, rm, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import { OverloadedError } from '../base/errors';
import { StoreUnavailableError } from '../storage';
import { ByteWriter } from './bytes';
import { linkOrCopy, numbered, syncDirectory, writeAll } from './files';
import { FRAME_HEAD, readFrame, writeFrame } from './frames';

const SEGMENT = /^(\d{8})\.log$/;

/** Where and how a log is kept. */
export interface SegmentLogOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly maxPendingBytes: number;
  readonly logger: Logger;
  /** Told how many bytes one sync made durable. */
  onSync?(bytes: number): void;
  /** Writes bytes at the end of a file and syncs it; a test makes it fail. */
  readonly persist?: Persist;
}

/** Writes bytes at the end of a file and makes them durable. */
export type Persist = (file: FileHandle, bytes: Uint8Array) => Promise<void>;

const persist: Persist = async (file, bytes) => {
  await writeAll(file, bytes);
  await file.datasync();
};

/**
 * An append-only log in numbered files. Writers that come while a sync is on its way share the next one. Every file is
 * a row of frames; the last may be torn, and is mended when it is read.
 */
export class SegmentLog {
  private filling = new ByteWriter(1 << 16);
  private draining = new ByteWriter(1 << 16);
  private waiters: { resolve(): void; reject(error: Error): void }[] = [];
  private flushing = false;
  private failure: Error | undefined;
  private file: FileHandle | undefined;
  private segment = 0;
  private segmentSize = 0;
  private totalBytes = 0;
  private rotateTo: (() => void) | undefined;

  constructor(private readonly options: SegmentLogOptions) {}

  /** Bytes in files. */
  get size(): number {
    return this.totalBytes;
  }

  get pendingBytes(): number {
    return this.filling.length + (this.flushing ? this.draining.length : 0);
  }

  /** Gives every whole frame of the segments from `first` on, in order; the end of a torn segment is cut off. */
  async replay(first: number, onPayload: (payload: Buffer) => void, betweenFrames: () => Promise<void>): Promise<void> {
    const { directory, logger } = this.options;
    await mkdir(directory, { recursive: true });
    for (const { name, numbers } of await numbered(directory, SEGMENT)) {
      const number = numbers[0] ?? 0;
      const path = join(directory, name);
      if (number < first) {
        await rm(path, { force: true });
        continue;
      }
      const bytes = await readFile(path);
      let position = 0;
      for (;;) {
        const payload = readFrame(bytes, position);
        if (payload === undefined) break;
        onPayload(payload);
        position += FRAME_HEAD + payload.length;
        await betweenFrames();
      }
      if (position < bytes.length) {
        logger.warn('log segment ends in a torn or damaged record; what follows is dropped', {
          segment: name,
          offset: position,
          dropped: bytes.length - position,
        });
        await truncate(path, position);
      }
      this.segment = Math.max(this.segment, number);
      this.totalBytes += position;
    }
    this.segment = Math.max(this.segment, first - 1);
  }

  /** The number of the newest segment. */
  get lastSegment(): number {
    return this.segment;
  }

  /** Starts a fresh segment for what will be written. */
  async open(): Promise<void> {
    await this.startSegment();
  }

  /** @throws OverloadedError, StoreUnavailableError */
  checkRoom(): void {
    if (this.failure) throw this.unavailable(this.failure);
    if (this.pendingBytes > this.options.maxPendingBytes) {
      throw new OverloadedError(`${this.pendingBytes} bytes of samples wait for the disk`, 1000);
    }
  }

  /** Adds one frame; it is durable when a later `commit` resolves. */
  write(payload: (out: ByteWriter) => void): void {
    const out = this.filling;
    writeFrame(out, () => payload(out));
  }

  /**
   * Resolves when everything written so far is on disk.
   * @throws StoreUnavailableError when the disk failed; the log takes nothing more.
   */
  commit(): Promise<void> {
    if (this.failure) return Promise.reject(this.unavailable(this.failure));
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      if (!this.flushing) void this.flush();
    });
  }

  /** Starts a new segment after everything written so far; its number. */
  async rotate(): Promise<number> {
    const rotated = new Promise<void>((resolve) => (this.rotateTo = resolve));
    await Promise.all([this.commit(), rotated]);
    return this.segment;
  }

  get failed(): boolean {
    return this.failure !== undefined && this.file !== undefined;
  }

  /**
   * After a failure: forgets what was not written and starts a fresh segment, its number. Nothing is taken before
   * `resume`: what was forgotten must be made durable elsewhere first.
   */
  async restart(): Promise<number> {
    this.filling.reset();
    this.draining.reset();
    await this.startSegment();
    return this.segment;
  }

  /** Takes writes again after `restart`. */
  resume(): void {
    this.failure = undefined;
  }

  /** Gives the segments from `first` to before `end`, which are complete, a second name in another folder. */
  async linkTo(directory: string, first: number, end: number): Promise<void> {
    await mkdir(directory, { recursive: true });
    for (const { name, numbers } of await numbered(this.options.directory, SEGMENT)) {
      const number = numbers[0] ?? 0;
      if (number >= first && number < end) await linkOrCopy(join(this.options.directory, name), join(directory, name));
    }
    await syncDirectory(directory);
  }

  /** Removes the segments before `first`. */
  async removeBefore(first: number): Promise<void> {
    const { directory } = this.options;
    for (const { name, numbers } of await numbered(directory, SEGMENT)) {
      if ((numbers[0] ?? 0) < first) await rm(join(directory, name), { force: true });
    }
    this.totalBytes = this.segmentSize;
  }

  async close(): Promise<void> {
    if (this.file && !this.failure) await this.commit();
    await this.file?.close();
    this.file = undefined;
    this.failure ??= new Error('the log is closed');
  }

  private async flush(): Promise<void> {
    this.flushing = true;
    while (this.waiters.length > 0 && this.failure === undefined) {
      const { waiters } = this;
      const batch = this.filling;
      const rotated = this.rotateTo;
      this.waiters = [];
      this.rotateTo = undefined;
      this.filling = this.draining;
      this.draining = batch;
      this.filling.reset();
      try {
        await this.drain(batch);
        if (rotated || this.segmentSize >= this.options.segmentBytes) await this.startSegment();
      } catch (error) {
        this.fail(error, waiters);
        break;
      }
      batch.reset();
      for (const waiter of waiters) waiter.resolve();
      rotated?.();
    }
    this.flushing = false;
  }

  private async drain(batch: ByteWriter): Promise<void> {
    if (batch.length === 0 || this.file === undefined) return;
    await (this.options.persist ?? persist)(this.file, batch.view());
    this.segmentSize += batch.length;
    this.totalBytes += batch.length;
    this.options.onSync?.(batch.length);
  }

  private async startSegment(): Promise<void> {
    await this.file?.close().catch(() => undefined);
    this.segment++;
    const name = `${String(this.segment).padStart(8, '0')}.log`;
    this.file = await open(join(this.options.directory, name), 'a');
    this.segmentSize = 0;
    await syncDirectory(this.options.directory);
  }

  private fail(error: unknown, waiters: readonly { reject(error: Error): void }[]): void {
    this.failure = error instanceof Error ? error : new Error(messageOf(error));
    this.options.logger.error('the log of samples failed; nothing more is taken', { error: messageOf(error) });
    const unavailable = this.unavailable(this.failure);
    for (const waiter of [...waiters, ...this.waiters]) waiter.reject(unavailable);
    this.waiters = [];
  }

  private unavailable(cause: Error): StoreUnavailableError {
    return new StoreUnavailableError(`samples cannot be written: ${cause.message}`, { cause });
  }
}
