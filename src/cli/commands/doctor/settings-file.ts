import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BadInputError } from '../../../base/errors';

/** What was there before the doctor wrote, kept beside the file. */
interface UndoNote {
  /** Null when there was no file. */
  readonly before: string | null;
  readonly after: string;
}

/** The file's text; empty when there is none. */
export async function readSettings(path: string): Promise<string> {
  return existsSync(path) ? readFile(path, 'utf8') : '';
}

/** Writes a settings file whole or not at all, keeping what is needed to undo it. */
export async function writeSettings(path: string, text: string): Promise<void> {
  const existed = existsSync(path);
  const before = existed ? await readFile(path, 'utf8') : null;
  await mkdir(dirname(path), { recursive: true });
  const earlier = await readNote(path);
  // Written twice: what was there at first is what undo brings back.
  const note: UndoNote = { before: earlier === undefined ? before : earlier.before, after: text };
  await writeWhole(undoPath(path), JSON.stringify(note));
  await writeWhole(path, text);
}

/**
 * Brings back what was there. False when the doctor wrote nothing.
 * @throws BadInputError when the file was changed since: then nothing is touched.
 */
export async function undoSettings(path: string): Promise<boolean> {
  const note = await readNote(path);
  if (note === undefined) return false;
  if ((await readSettings(path)) !== note.after)
    throw new BadInputError(
      `${path} was changed since it was written; compare it with ${undoPath(path)} and undo by hand`,
    );
  if (note.before === null) await rm(path, { force: true });
  else await writeWhole(path, note.before);
  await rm(undoPath(path), { force: true });
  return true;
}

function undoPath(path: string): string {
  return `${path}.telltale-undo`;
}

async function readNote(path: string): Promise<UndoNote | undefined> {
  if (!existsSync(undoPath(path))) return undefined;
  const note: unknown = JSON.parse(await readFile(undoPath(path), 'utf8'));
  if (typeof note !== 'object' || note === null || !('before' in note) || !('after' in note)) return undefined;
  const { before, after } = note;
  return (before === null || typeof before === 'string') && typeof after === 'string' ? { before, after } : undefined;
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
