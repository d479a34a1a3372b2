import { copyFile, link, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes all of `bytes` at the end of the file, however many calls it takes. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}

/** Writes a file anew and makes its content durable. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeAll(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes creations, renames and removals in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A second name for a file that does not change any more; a copy where the disk has no second names. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
    const copy = await open(to, 'r');
    await copy.sync().finally(() => copy.close());
  }
}

/** Gives a finished file its name, durably. */
export async function publish(directory: string, from: string, to: string): Promise<void> {
  await rename(join(directory, from), join(directory, to));
  await syncDirectory(directory);
}

/** Names in a directory that match, with what the pattern captured as numbers, ascending by the first. */
export async function numbered(directory: string, pattern: RegExp): Promise<{ name: string; numbers: number[] }[]> {
  const found: { name: string; numbers: number[] }[] = [];
  for (const name of await readdir(directory)) {
    const match = pattern.exec(name);
    if (match) found.push({ name, numbers: match.slice(1).map(Number) });
  }
  return found.sort((a, b) => (a.numbers[0] ?? 0) - (b.numbers[0] ?? 0));
}

/** Removes files that a crash left half-written. */
export async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith('.tmp')) await rm(join(directory, name), { force: true });
  }
}
