import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMillis } from '../base/clock';
import { randomHex } from '../base/ids';
import { syncDirectory } from './files';

/** The folder of copies in a data folder. Each copy is a data folder itself. */
const COPIES = 'snapshots';
const UNFINISHED = '.tmp';

/** Names a copy by its time, as Prometheus does: `20260131T235959Z-0123456789abcdef`. */
function copyName(at: EpochMillis): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${randomHex(8)}`;
}

/**
 * Makes a copy in a folder of its own, which has its name only when it is whole.
 * @param fill puts the files into the folder, durably.
 */
export async function makeCopy(
  dataDir: string,
  at: EpochMillis,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const copies = join(dataDir, COPIES);
  const name = copyName(at);
  const unfinished = join(copies, name + UNFINISHED);
  await mkdir(unfinished, { recursive: true });
  try {
    await fill(unfinished);
    await syncDirectory(unfinished);
    await rename(unfinished, join(copies, name));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  await syncDirectory(copies);
  return name;
}

/** Removes copies that an end of the process left unfinished. */
export async function removeUnfinishedCopies(dataDir: string): Promise<void> {
  const copies = join(dataDir, COPIES);
  const names = await readdir(copies).catch(() => []);
  for (const name of names) {
    if (name.endsWith(UNFINISHED)) await rm(join(copies, name), { recursive: true, force: true });
  }
}
