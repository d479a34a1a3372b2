import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import { nextTurn } from '../base/turn';
import { type Block, BlockWriter, chunksOf, openBlock } from './block';
import { type Columns, sliceColumns } from './columns';
import {
  covers,
  deletedPath,
  type Intervals,
  readDeleted,
  removeDeleted,
  withInterval,
  without,
  writeDeleted,
} from './deleted';
import { linkOrCopy, numbered, removeUnfinished, syncDirectory } from './files';
import { mergeBlocks } from './merge';
import { Slices } from '../base/slices';
import { firstAfter } from './time-column';

const NAME = /^(\d{8})-(\d+)\.block$/;

/** So many neighbours of one level become one of the next. */
const MERGE = 4;
/** Blocks of this level are not merged further. */
const TOP_LEVEL = 4;
/** A checkpoint writes a block anew when more than one in so many of its series has something deleted. */
const DELETED_SHARE = 20;
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

  /** One more than the highest number of a series in any block. */
  get nextSeries(): number {
    return this.blocks.reduce((next, { ids }) => Math.max(next, (ids.at(-1) ?? -1) + 1), 0);
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
        const path = join(this.directory, name);
        const deleted = await readDeleted(path);
        const block = await openBlock(path, number, level);
        block.deleted = deleted;
        opened.push(block);
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
    await this.removeOrphans();
  }

  /** What is deleted of a block that is gone must not be taken for what is deleted of a later one of its name. */
  private async removeOrphans(): Promise<void> {
    const names = new Set(await readdir(this.directory));
    for (const name of names) {
      const block = name.replace(/\.deleted$/, '.block');
      if (block !== name && !names.has(block)) await removeDeleted(join(this.directory, block));
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
        if (block.deleted.has(id)) unsure.add(id);
        else if (first >= start || last <= end) having.add(id);
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

  /** Counts the samples in [start, end] of these series as gone, durably. Numbers ascend. Alone with `compact`. */
  async delete(ids: readonly number[], start: number, end: number): Promise<void> {
    const slices = new Slices(this.clock);
    for (const block of this.blocks) {
      if (block.oldest > end || block.newest < start) continue;
      const deleted = new Map(block.deleted);
      let changed = false;
      await slices.each(ids.length, 1024, (i) => {
        const id = ids[i] ?? 0;
        const place = block.indexOf(id);
        if (place < 0) return;
        const from = Math.max(start, block.firsts[place] ?? 0);
        const to = Math.min(end, block.lasts[place] ?? 0);
        const before: Intervals = deleted.get(id) ?? [];
        if (from > to || covers(before, from, to)) return;
        deleted.set(id, withInterval(before, from, to));
        changed = true;
      });
      if (!changed) continue;
      await writeDeleted(block.path, deleted);
      block.deleted = deleted;
    }
  }

  /** Writes the blocks of which something is deleted anew without it. Alone with `compact`. */
  async clean(): Promise<void> {
    for (const block of [...this.blocks]) if (block.deleted.size > 0) await this.rewrite(block);
  }

  /** By the number of a series, 1 where a block has samples of it. May say so of one whose every chunk is deleted in parts. */
  async holding(): Promise<Uint8Array> {
    const held = new Uint8Array(this.nextSeries);
    const slices = new Slices(this.clock);
    for (const { ids, firsts, lasts, deleted } of this.blocks) {
      await slices.each(ids.length, 1 << 14, (place) => {
        const id = ids[place] ?? 0;
        if (!covers(deleted.get(id), firsts[place] ?? 0, lasts[place] ?? 0)) held[id] = 1;
      });
    }
    return held;
  }

  /** Gives the blocks, and what is deleted of them, a second name in another folder. Alone with `compact`. */
  async linkTo(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    for (const { path, deleted } of this.blocks) {
      const files = deleted.size > 0 ? [deletedPath(path), path] : [path];
      for (const file of files) await linkOrCopy(file, join(directory, basename(file)));
    }
    await syncDirectory(directory);
  }

  /** Merges runs of small neighbours into larger blocks, and writes anew those of which much is deleted. */
  async compact(): Promise<void> {
    for (let level = 0; level < TOP_LEVEL; level++) {
      for (;;) {
        const sources = this.runOf(level);
        if (sources === undefined) break;
        await this.merge(sources);
      }
    }
    for (const block of [...this.blocks]) {
      if (block.deleted.size * DELETED_SHARE > block.ids.length) await this.rewrite(block);
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
    const { deleted } = block;
    const places: number[] = [];
    for (const id of ids) {
      const place = block.indexOf(id);
      if (place < 0) continue;
      const first = block.firsts[place] ?? 0;
      const last = block.lasts[place] ?? 0;
      if (first > end || last < start || covers(deleted.get(id), first, last)) continue;
      places.push(place);
    }
    const encoded: { id: number; bytes: Buffer }[] = [];
    await block.read(places, (place, bytes) => encoded.push({ id: block.ids[place] ?? 0, bytes }));
    for (const { id, bytes } of encoded) {
      for (const columns of chunksOf(bytes)) {
        const part = without(within(columns, start, end), deleted.get(id) ?? []);
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
    await this.replace(
      sources,
      await mergeBlocks(this.directory, sources, first.number, first.level + 1, keys, this.clock),
    );
  }

  /** Writes a block without what is deleted of it, in its own place. */
  private async rewrite(block: Block): Promise<void> {
    const { number, level, sources } = block;
    await this.replace([block], await mergeBlocks(this.directory, [block], number, level, sources, this.clock));
  }

  /** @param block undefined when nothing is left. */
  private async replace(sources: readonly Block[], block: Block | undefined): Promise<void> {
    const at = this.blocks.findIndex((other) => other === sources[0]);
    const kept = this.blocks.filter((other) => !sources.includes(other));
    kept.splice(at, 0, ...(block ? [block] : []));
    this.blocks = kept;
    for (const source of sources) {
      if (source.path !== block?.path) await source.remove();
      else {
        // The new file has taken the place of the old.
        await source.close();
        await removeDeleted(source.path);
      }
    }
    await syncDirectory(this.directory);
  }
}

function within(columns: Columns, start: number, end: number): Columns {
  const from = firstAfter(columns.timestamps, 0, columns.length, start - 1);
  const to = firstAfter(columns.timestamps, from, columns.length, end);
  return from === 0 && to === columns.length ? columns : sliceColumns(columns, from, to);
}
