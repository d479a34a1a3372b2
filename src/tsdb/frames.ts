import { crc32 } from 'node:zlib';
import type { ByteWriter } from './bytes';

/** Bytes before a frame's payload: its length and its CRC-32. */
export const FRAME_HEAD = 8;

/** A frame longer than this is damage. */
export const MAX_FRAME = 1 << 30;

/** Appends a frame whose payload `write` writes; nothing when it writes nothing. */
export function writeFrame(out: ByteWriter, write: () => void): void {
  const head = out.length;
  out.uint32(0);
  out.uint32(0);
  write();
  const size = out.length - head - FRAME_HEAD;
  if (size === 0) {
    out.length = head;
    return;
  }
  out.patchUint32(head, size);
  out.patchUint32(head + 4, crc32(out.view().subarray(head + FRAME_HEAD)));
}

/** The payload of the frame at `position`; undefined when there is none, or it is cut short or damaged. */
export function readFrame(bytes: Buffer, position: number): Buffer | undefined {
  if (position + FRAME_HEAD > bytes.length) return undefined;
  const size = bytes.readUInt32LE(position);
  const end = position + FRAME_HEAD + size;
  if (size === 0 || size > MAX_FRAME || end > bytes.length) return undefined;
  const payload = bytes.subarray(position + FRAME_HEAD, end);
  return crc32(payload) === bytes.readUInt32LE(position + 4) ? payload : undefined;
}
