import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FolderLockedError } from './errors';

const NAME = 'lock';

/** Locks that this process holds, by path: its own number in a file says nothing about that. */
const held = new Map<string, string>();

const ownerSchema = z.object({ pid: z.number().int(), started: z.string(), token: z.string() });
type Owner = z.output<typeof ownerSchema>;

/** Keeps a second process, and a second store of this one, out of a folder. */
export class FolderLock {
  private constructor(
    private readonly path: string,
    private readonly token: string,
  ) {}

  /**
   * Takes the folder. A lock whose process has ended is taken over.
   * @throws FolderLockedError that names the process that has it.
   */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, NAME);
    const token = randomUUID();
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await create(path, { pid: process.pid, started: startOf(process.pid), token })) {
        held.set(path, token);
        return new FolderLock(path, token);
      }
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const owner = ownerOf(text);
      if (owner !== undefined && isAlive(path, owner)) {
        throw new FolderLockedError(
          `${folder} is in use by process ${owner.pid}: stop that process first, or choose another data folder`,
        );
      }
      await removeStale(path, text);
    }
    throw new FolderLockedError(`${folder} could not be locked: other processes take and leave it again and again`);
  }

  /** Gives the folder free. */
  async release(): Promise<void> {
    if (held.get(this.path) !== this.token) return;
    held.delete(this.path);
    const text = await readFile(this.path, 'utf8').catch(() => '');
    if (ownerOf(text)?.token === this.token) await rm(this.path, { force: true });
  }
}

/** Makes the file with its content at once; false when there is one. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const draft = `${path}.${owner.token}.tmp`;
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(JSON.stringify(owner));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Takes a lock out of the way; one that another process put there meanwhile is put back. */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    await rename(path, aside);
  } catch {
    return; // Another process was faster.
  }
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

function ownerOf(text: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isAlive(path: string, { pid, started, token }: Owner): boolean {
  // A process before this one may have had our number: in a container all are number 1.
  if (pid === process.pid) return held.get(path) === token;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Whose signals are refused is there all the same.
    return codeOf(error) === 'EPERM';
  }
  const now = startOf(pid);
  return now === '' || started === '' || now === started;
}

/** The system's code of a fault. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** When a process was started, in ticks since the machine was; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
