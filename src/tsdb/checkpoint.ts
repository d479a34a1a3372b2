import type { Clock, EpochMillis } from '../base/clock';
import { nextTurn } from '../base/turn';
import type { BlockSet } from './block-set';
import type { Head } from './head';
import type { MemSeries } from './mem-series';
import { Slices } from '../base/slices';
import { firstAfter, type TimeColumn } from './time-column';

/** Dropping looks through whole lists of the index: not for each series. */
const DROPPED_AT_ONCE = 4096;
/** How long one step may hold the event loop. */
const SLICE_MS = 5;

/**
 * Moves the samples older than `before` from memory to a block. Appends may come meanwhile: what was not written stays in
 * memory, and what is for a moment in both is read once.
 */
export async function cutBlock(head: Head, blocks: BlockSet, before: EpochMillis, clock: Clock): Promise<number> {
  if (!hasOlder(head, before)) return 0;
  head.forgetNewborns();
  const written: { series: MemSeries; column: TimeColumn; count: number }[] = [];
  const writer = await blocks.begin();
  let since = clock.elapsed();
  let samples = 0;
  try {
    for (const series of head.all()) {
      const count = olderThan(series, before);
      if (count === 0) continue;
      writer.add(series.id, { ...series.columns(), length: count });
      written.push({ series, column: series.column, count });
      samples += count;
      if (writer.full || clock.elapsed() - since > SLICE_MS) {
        await writer.flush();
        since = clock.elapsed();
      }
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  blocks.add(await writer.finish());
  since = clock.elapsed();
  for (const { series, column, count } of written) {
    if (series.column === column) series.cut(count);
    if (clock.elapsed() - since > SLICE_MS) {
      await nextTurn();
      since = clock.elapsed();
    }
  }
  return samples;
}

/** Removes series whose newest sample was older than `before` and of which nothing is in memory or in a block. */
export async function dropDead(head: Head, blocks: BlockSet, before: EpochMillis, clock: Clock): Promise<void> {
  const held = await blocks.holding();
  const slices = new Slices(clock);
  const isDead = ({ id, length, newest }: MemSeries): boolean => length === 0 && newest < before && held[id] !== 1;
  const candidates = [...head.all()].filter(isDead);
  for (let at = 0; at < candidates.length; at += DROPPED_AT_ONCE) {
    if (slices.isOver) await slices.turn();
    // One may have come to life again meanwhile.
    head.drop(candidates.slice(at, at + DROPPED_AT_ONCE).filter(isDead));
  }
}

function hasOlder(head: Head, before: EpochMillis): boolean {
  for (const series of head.all()) if (olderThan(series, before) > 0) return true;
  return false;
}

function olderThan(series: MemSeries, before: EpochMillis): number {
  const { data } = series.column;
  if (series.length === 0 || (data[0] ?? 0) >= before) return 0;
  return firstAfter(data, 0, series.length, before - 1);
}
