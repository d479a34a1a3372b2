import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import { nextTurn } from '../base/turn';
import { type Block, BlockWriter, chunksOf, openBlock } from './block';
import { type Columns, sliceColumns } from './columns';
import { numbered, removeUnfinished, syncDirectory } from './files';
import { firstAfter } from './time-column';

const NAME = /^(\d{8})-(\d+)\.block$/;

/** So many neighbours of one level become one of the next. */
const MERGE = 4;
/** Blocks of this level are not merged further. */
const TOP_LEVEL = 4;
/** How long decoding may hold the event loop. */
const SLICE_MS = 8;

/** All blocks of a store, oldest first. */
export class BlockSet {
  private blocks: Block[] = [];
  private nextNumber = 1;

  constructor(
    private readonly directory: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get count(): number {
    return this.blocks.length;
  }

  get sizeBytes(): number {
    return this.blocks.reduce((sum, block) => sum + block.sizeBytes, 0);
  }

  /** The oldest sample in any block; Infinity without blocks. */
  get oldest(): number {
    return this.blocks.reduce((least, block) => Math.min(least, block.oldest), Infinity);
  }

  /** Opens what is there. A block that cannot be read is left aside and logged; one that was merged is removed. */
  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await removeUnfinished(this.directory);
    const opened: Block[] = [];
    for (const { name, numbers } of await numbered(this.directory, NAME)) {
      const [number = 0, level = 0] = numbers;
      this.nextNumber = Math.max(this.nextNumber, number + 1);
      try {
        opened.push(await openBlock(join(this.directory, name), number, level));
      } catch (error) {
        this.logger.error('a block of samples cannot be read and is left aside', {
          block: name,
          error: messageOf(error),
        });
      }
    }
    const merged = new Set(opened.flatMap(({ sources }) => sources));
    // The number of a merged source is not given again: the new block would be taken for the source and removed.
    for (const key of merged) this.nextNumber = Math.max(this.nextNumber, Number.parseInt(key, 10) + 1);
    for (const block of opened) {
      if (merged.has(block.key)) await block.remove();
      else this.blocks.push(block);
    }
  }

  async close(): Promise<void> {
    for (const block of this.blocks) await block.close();
    this.blocks = [];
  }

  /** Begins a block of samples that leave memory. */
  begin(): Promise<BlockWriter> {
    return BlockWriter.create(this.directory, this.nextNumber++, 0);
  }

  add(block: Block): void {
    this.blocks.push(block);
  }

  /** Whether any block has samples in [start, end]. */
  overlaps(start: number, end: number): boolean {
    return this.blocks.some((block) => block.oldest <= end && block.newest >= start);
  }

  /**
   * Samples of these series in [start, end], by series number, oldest block first. Numbers ascend. Which blocks are read
   * is settled before the first wait.
   */
  async read(ids: readonly number[], start: number, end: number): Promise<Map<number, Columns[]>> {
    const found = new Map<number, Columns[]>();
    // All are held before the first wait: a checkpoint may remove or merge them meanwhile.
    const held = this.blocks.filter((block) => block.oldest <= end && block.newest >= start);
    for (const block of held) block.hold();
    try {
      for (const block of held) await this.readBlock(block, ids, start, end, found);
    } finally {
      for (const block of held) await block.release();
    }
    return found;
  }

  /** Which of these series have a sample in [start, end]. Numbers ascend. */
  async having(ids: readonly number[], start: number, end: number): Promise<Set<number>> {
    const having = new Set<number>();
    const unsure = new Set<number>();
    for (const block of this.blocks) {
      if (block.oldest > end || block.newest < start) continue;
      for (const id of ids) {
        const place = block.indexOf(id);
        if (place < 0 || having.has(id)) continue;
        const first = block.firsts[place] ?? 0;
        const last = block.lasts[place] ?? 0;
        if (first > end || last < start) continue;
        if (first >= start || last <= end) having.add(id);
        else unsure.add(id);
      }
    }
    const open = [...unsure].filter((id) => !having.has(id)).sort((a, b) => a - b);
    if (open.length > 0) for (const id of (await this.read(open, start, end)).keys()) having.add(id);
    return having;
  }

  /** Removes blocks whose samples are all older than `before`, then the oldest until at most `maxBytes` are left (0: any). */
  async retain(before: number, maxBytes: number, otherBytes: number): Promise<void> {
    const kept: Block[] = [];
    const gone: Block[] = [];
    for (const block of this.blocks) (block.newest < before ? gone : kept).push(block);
    let size = kept.reduce((sum, block) => sum + block.sizeBytes, otherBytes);
    const byAge = [...kept].sort((a, b) => a.newest - b.newest);
    while (maxBytes > 0 && size > maxBytes) {
      const oldest = byAge.shift();
      if (oldest === undefined) break;
      size -= oldest.sizeBytes;
      gone.push(oldest);
      kept.splice(kept.indexOf(oldest), 1);
    }
    this.blocks = kept;
    for (const block of gone) await block.remove();
    if (gone.length > 0) await syncDirectory(this.directory);
  }

  /** Merges runs of small neighbours into larger blocks. */
  async compact(): Promise<void> {
    for (let level = 0; level < TOP_LEVEL; level++) {
      for (;;) {
        const sources = this.runOf(level);
        if (sources === undefined) break;
        await this.merge(sources);
      }
    }
  }

  private async readBlock(
    block: Block,
    ids: readonly number[],
    start: number,
    end: number,
    found: Map<number, Columns[]>,
  ): Promise<void> {
    let since = this.clock.elapsed();
    const places: number[] = [];
    for (const id of ids) {
      const place = block.indexOf(id);
      if (place >= 0 && (block.firsts[place] ?? 0) <= end && (block.lasts[place] ?? 0) >= start) places.push(place);
    }
    const encoded: { id: number; bytes: Buffer }[] = [];
    await block.read(places, (place, bytes) => encoded.push({ id: block.ids[place] ?? 0, bytes }));
    for (const { id, bytes } of encoded) {
      for (const columns of chunksOf(bytes)) {
        const part = within(columns, start, end);
        if (part.length === 0) continue;
        const list = found.get(id);
        if (list) list.push(part);
        else found.set(id, [part]);
      }
      if (this.clock.elapsed() - since > SLICE_MS) {
        await nextTurn();
        since = this.clock.elapsed();
      }
    }
  }

  private runOf(level: number): Block[] | undefined {
    let run: Block[] = [];
    for (const block of this.blocks) {
      if (block.level === level) run.push(block);
      else run = [];
      if (run.length === MERGE) return run;
    }
    return undefined;
  }

  private async merge(sources: readonly Block[]): Promise<void> {
    const [first] = sources;
    if (first === undefined) return;
    const keys = sources.flatMap((block) => [block.key, ...block.sources]);
    const writer = await BlockWriter.create(this.directory, first.number, first.level + 1, keys);
    try {
      const ids = [...new Set(sources.flatMap((block) => [...block.ids]))].sort((a, b) => a - b);
      for (let at = 0; at < ids.length; at += MERGE_BATCH) {
        await this.mergeSeries(writer, sources, ids.slice(at, at + MERGE_BATCH));
        if (writer.full) await writer.flush();
      }
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    const block = await writer.finish();
    const at = this.blocks.indexOf(first);
    this.blocks = this.blocks.filter((other) => !sources.includes(other));
    this.blocks.splice(at, 0, block);
    for (const source of sources) await source.remove();
    await syncDirectory(this.directory);
  }

  private async mergeSeries(writer: BlockWriter, sources: readonly Block[], ids: readonly number[]): Promise<void> {
    const parts = new Map<number, { first: number; last: number; bytes: Buffer[] }>();
    for (const source of sources) {
      const places = ids.map((id) => source.indexOf(id)).filter((place) => place >= 0);
      await source.read(places, (place, bytes) => {
        const id = source.ids[place] ?? 0;
        const first = source.firsts[place] ?? 0;
        const last = source.lasts[place] ?? 0;
        const known = parts.get(id);
        if (known === undefined) parts.set(id, { first, last, bytes: [bytes] });
        else {
          known.first = Math.min(known.first, first);
          known.last = Math.max(known.last, last);
          known.bytes.push(bytes);
        }
      });
    }
    for (const id of ids) {
      const part = parts.get(id);
      if (part) writer.addEncoded(id, part.first, part.last, part.bytes);
    }
  }
}

const MERGE_BATCH = 512;

function within(columns: Columns, start: number, end: number): Columns {
  const from = firstAfter(columns.timestamps, 0, columns.length, start - 1);
  const to = firstAfter(columns.timestamps, from, columns.length, end);
  return from === 0 && to === columns.length ? columns : sliceColumns(columns, from, to);
}
