import type { Clock } from '../base/clock';
import { type Block, BlockWriter, chunksWithout } from './block';
import type { Intervals } from './deleted';
import { Slices } from '../base/slices';

/** Series whose bytes are in memory at a time. */
const BATCH = 512;

/**
 * Writes a block of what these blocks have, oldest first, without what is deleted of them. Chunks are copied without being
 * decoded, but for those of series of which something is deleted.
 * @returns undefined when nothing is left: no block is written then.
 */
export async function mergeBlocks(
  directory: string,
  sources: readonly Block[],
  number: number,
  level: number,
  keys: readonly string[],
  clock: Clock,
): Promise<Block | undefined> {
  const slices = new Slices(clock);
  const writer = await BlockWriter.create(directory, number, level, keys);
  try {
    const ids = [...new Set(sources.flatMap((block) => [...block.ids]))].sort((a, b) => a - b);
    for (let at = 0; at < ids.length; at += BATCH) {
      await mergeSeries(writer, sources, ids.slice(at, at + BATCH), slices);
      if (writer.full) await writer.flush();
    }
    if (writer.seriesCount > 0) return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await writer.abandon();
  return undefined;
}

interface Part {
  readonly first: number;
  readonly last: number;
  readonly bytes: Buffer;
}

async function mergeSeries(
  writer: BlockWriter,
  sources: readonly Block[],
  ids: readonly number[],
  slices: Slices,
): Promise<void> {
  const parts = new Map<number, (Part & { readonly gone: Intervals | undefined })[]>();
  for (const source of sources) {
    const places = ids.map((id) => source.indexOf(id)).filter((place) => place >= 0);
    await source.read(places, (place, bytes) => {
      const id = source.ids[place] ?? 0;
      const first = source.firsts[place] ?? 0;
      const last = source.lasts[place] ?? 0;
      const part = { first, last, bytes, gone: source.deleted.get(id) };
      const known = parts.get(id);
      if (known === undefined) parts.set(id, [part]);
      else known.push(part);
    });
  }
  for (const id of ids) {
    const left: Part[] = [];
    for (const part of parts.get(id) ?? []) {
      const own = part.gone === undefined ? part : chunksWithout(part.bytes, part.gone);
      if (own !== undefined) left.push(own);
      if (part.gone !== undefined && slices.isOver) await slices.turn();
    }
    if (left.length === 0) continue;
    const first = Math.min(...left.map((part) => part.first));
    const last = Math.max(...left.map((part) => part.last));
    writer.addEncoded(
      id,
      first,
      last,
      left.map(({ bytes }) => bytes),
    );
  }
}
