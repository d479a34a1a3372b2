import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock';
import type { Logger } from '../base/logger';
import type { MetricMetadata } from '../domain/sample';
import { ByteWriter } from './bytes';
import type { ExemplarRing } from './exemplar-ring';
import { numbered, publish, writeAll } from './files';
import { FRAME_HEAD, readFrame, writeFrame } from './frames';
import type { Head } from './head';
import {
  writeChunkRecord,
  writeEndRecord,
  writeExemplarRecord,
  writeMetadataRecord,
  writeSeriesRecord,
} from './records';

const SNAPSHOT = /^(\d{8})\.snapshot$/;
const FLUSH_BYTES = 1 << 20;
const SLICE_MS = 5;

/** What a snapshot holds. */
export interface SnapshotSource {
  readonly head: Head;
  readonly exemplars: ExemplarRing;
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

/**
 * Writes everything in memory to a file from which, together with the log from segment `segment` on, memory can be
 * rebuilt. What is appended meanwhile may or may not be in it: the log has it.
 * @param sealed 1 by the number of each series that blocks have: only these are named, so that blocks can be read; samples
 *   in memory and exemplars are left out.
 */
export async function writeSnapshot(
  directory: string,
  segment: number,
  { head, exemplars, metadata }: SnapshotSource,
  clock: Clock,
  sealed?: Uint8Array,
): Promise<void> {
  const name = `${String(segment).padStart(8, '0')}.snapshot`;
  const file = await open(join(directory, `${name}.tmp`), 'w');
  const out = new ByteWriter(FLUSH_BYTES * 2);
  try {
    let since = clock.elapsed();
    const flush = async (): Promise<void> => {
      await writeAll(file, out.view());
      out.reset();
      since = clock.elapsed();
    };
    for (const series of head.all()) {
      if (sealed !== undefined && sealed[series.id] !== 1) continue;
      writeFrame(out, () => {
        writeSeriesRecord(out, series.id, series.labels, sealed ? -Infinity : series.newest);
        if (sealed === undefined && series.length > 0) writeChunkRecord(out, series.id, series.columns());
      });
      if (out.length >= FLUSH_BYTES || clock.elapsed() - since > SLICE_MS) await flush();
    }
    for (const [metric, known] of metadata) {
      writeFrame(out, () => writeMetadataRecord(out, metric, known));
      if (out.length >= FLUSH_BYTES) await flush();
    }
    for (const { series, exemplar } of sealed ? [] : exemplars.all()) {
      writeFrame(out, () => writeExemplarRecord(out, series.id, exemplar));
    }
    writeFrame(out, () => writeEndRecord(out));
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
  await publish(directory, `${name}.tmp`, name);
  for (const { name: other, numbers } of await numbered(directory, SNAPSHOT)) {
    if ((numbers[0] ?? 0) < segment) await rm(join(directory, other), { force: true });
  }
}

/**
 * Gives the frames of the newest snapshot; the first segment of the log to read after it, 0 when there is none.
 */
export async function readSnapshot(
  directory: string,
  onPayload: (payload: Buffer) => void,
  betweenFrames: () => Promise<void>,
  logger: Logger,
): Promise<number> {
  const newest = (await numbered(directory, SNAPSHOT)).at(-1);
  if (newest === undefined) return 0;
  const bytes = await readFile(join(directory, newest.name));
  let position = 0;
  for (;;) {
    const payload = readFrame(bytes, position);
    if (payload === undefined) break;
    onPayload(payload);
    position += FRAME_HEAD + payload.length;
    await betweenFrames();
  }
  if (position < bytes.length) {
    logger.error('the snapshot of samples is damaged; what follows is lost', {
      snapshot: newest.name,
      offset: position,
      lost: bytes.length - position,
    });
  }
  return newest.numbers[0] ?? 0;
}
