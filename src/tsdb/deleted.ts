import { readFile, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ByteReader, ByteWriter } from './bytes';
import { type Columns, mergeColumns, sliceColumns } from './columns';
import { CorruptDataError } from './errors';
import { publish, writeSynced } from './files';
import { readFrame, writeFrame } from './frames';
import { firstAfter } from './time-column';

/** Spans of time, ascending and apart: first and last millisecond of one after the other, both inclusive. */
export type Intervals = readonly number[];

/** What is deleted of a block: by the number of the series. */
export type Deleted = ReadonlyMap<number, Intervals>;

/** Nothing is deleted. */
export const NOTHING_DELETED: Deleted = new Map();

/** Intervals with [start, end] added to them. */
export function withInterval(intervals: Intervals, start: number, end: number): Intervals {
  const merged: number[] = [];
  let first = start;
  let last = end;
  let placed = false;
  for (let i = 0; i < intervals.length; i += 2) {
    const from = intervals[i] ?? 0;
    const to = intervals[i + 1] ?? 0;
    if (to < first - 1) merged.push(from, to);
    else if (from > last + 1) {
      if (!placed) merged.push(first, last);
      placed = true;
      merged.push(from, to);
    } else {
      first = Math.min(first, from);
      last = Math.max(last, to);
    }
  }
  if (!placed) merged.push(first, last);
  return merged;
}

/** Whether all of [start, end] is in one of the intervals. */
export function covers(intervals: Intervals | undefined, start: number, end: number): boolean {
  if (intervals === undefined) return false;
  for (let i = 0; i < intervals.length; i += 2) {
    if ((intervals[i] ?? 0) <= start && (intervals[i + 1] ?? 0) >= end) return true;
  }
  return false;
}

/** The samples that are in none of the intervals; the columns themselves when all are. */
export function without(columns: Columns, intervals: Intervals): Columns {
  const { timestamps, length } = columns;
  const kept: Columns[] = [];
  let at = 0;
  for (let i = 0; i < intervals.length; i += 2) {
    const from = firstAfter(timestamps, at, length, (intervals[i] ?? 0) - 1);
    const to = firstAfter(timestamps, from, length, intervals[i + 1] ?? 0);
    if (from === to) continue;
    if (from > at) kept.push(sliceColumns(columns, at, from));
    at = to;
  }
  if (at === 0) return columns;
  if (at < length) kept.push(sliceColumns(columns, at, length));
  return mergeColumns(kept);
}

/** The file beside a block that says what is deleted of it. */
export function deletedPath(block: string): string {
  return block.replace(/\.block$/, '.deleted');
}

/** Makes durable what is deleted of a block. */
export async function writeDeleted(block: string, deleted: Deleted): Promise<void> {
  const out = new ByteWriter(1 << 12);
  writeFrame(out, () => {
    out.varint(deleted.size);
    let last = 0;
    for (const id of Uint32Array.from(deleted.keys()).sort()) {
      const intervals = deleted.get(id) ?? [];
      out.varint(id - last);
      out.varint(intervals.length / 2);
      for (const t of intervals) out.zigzag(t);
      last = id;
    }
  });
  const path = deletedPath(block);
  const name = basename(path);
  await writeSynced(`${path}.tmp`, out.view());
  await publish(dirname(path), `${name}.tmp`, name);
}

/**
 * What is deleted of a block: nothing when there is no file.
 * @throws CorruptDataError
 */
export async function readDeleted(block: string): Promise<Deleted> {
  let bytes: Buffer;
  try {
    bytes = await readFile(deletedPath(block));
  } catch (error) {
    if (isMissing(error)) return NOTHING_DELETED;
    throw error;
  }
  const payload = readFrame(bytes, 0);
  if (payload === undefined) throw new CorruptDataError(`what is deleted of ${block} cannot be read`);
  const from = new ByteReader(payload);
  const deleted = new Map<number, Intervals>();
  let id = 0;
  for (let left = from.count(2); left > 0; left--) {
    id += from.varint();
    deleted.set(
      id,
      Array.from({ length: from.count(2) * 2 }, () => from.zigzag()),
    );
  }
  return deleted;
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

/** Forgets what was deleted of a block that is gone, or has been written without it. */
export async function removeDeleted(block: string): Promise<void> {
  await rm(deletedPath(block), { force: true });
}
