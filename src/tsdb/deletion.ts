import type { Clock, EpochMillis } from '../base/clock';
import type { Matcher } from '../domain/matcher';
import type { BlockSet } from './block-set';
import type { Head } from './head';
import { writeDeletionRecord } from './records';
import type { SegmentLog } from './segment-log';
import { Slices } from '../base/slices';

/** Series per record of the log; in between other work may have its turn. */
const SERIES_PER_RECORD = 128;
/** Times beyond this are for ever. */
const EVER: EpochMillis = 2 ** 51;

/**
 * Deletes the samples in [start, end] of the series that pass all matchers: in blocks, in memory, and in what the log would
 * bring back. Durable when it resolves. Nothing may move samples to blocks, or merge blocks, meanwhile.
 */
export async function deleteSamples(
  { head, blocks, log }: { readonly head: Head; readonly blocks: BlockSet; readonly log: SegmentLog },
  matchers: readonly Matcher[],
  start: EpochMillis,
  end: EpochMillis,
  clock: Clock,
): Promise<void> {
  const from = Math.max(-EVER, Math.ceil(start));
  const to = Math.min(EVER, Math.floor(end));
  if (!(from <= to)) return;
  log.checkRoom();
  const slices = new Slices(clock);
  const selected = await head.selectInSlices(matchers, slices);
  // Also those without samples in memory: after a crash the log may bring back what is in a block by now.
  const ids: number[] = [];
  await slices.each(selected.length, 1024, (i) => {
    const series = selected[i];
    if (series !== undefined && series.newest >= from) ids.push(series.id);
  });
  await blocks.delete(ids, from, to);
  for (let at = 0; at < ids.length; at += SERIES_PER_RECORD) {
    if (slices.isOver) await slices.turn();
    const some = ids.slice(at, at + SERIES_PER_RECORD);
    // Together: what is appended later comes after the record in the log as it does in memory.
    log.write((out) => writeDeletionRecord(out, some, from, to));
    for (const id of some) {
      const series = head.get(id);
      if (series !== undefined) head.remove(series, from, to);
    }
  }
  await log.commit();
}
