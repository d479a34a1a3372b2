import { PatchError } from '../errors';

/** A run of lines that changes. */
export interface Hunk {
  /** First line of the old text that it speaks of, 1-based; 0 for a new file. */
  readonly oldStart: number;
  /** With their leading ` `, `-` or `+`. */
  readonly lines: readonly string[];
}

/** The changes to one file. */
export interface FilePatch {
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

/** Reads a unified diff of existing files. @throws PatchError */
export function parseUnifiedDiff(text: string): FilePatch[] {
  const files: { path: string; hunks: { oldStart: number; lines: string[] }[] }[] = [];
  let hunk: { oldStart: number; lines: string[] } | undefined;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const target = /^\+\+\+ (?:b\/)?([^\t]+)/.exec(line)?.[1];
    const start = /^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@/.exec(line)?.[1];
    if (target !== undefined) {
      files.push({ path: target.trim(), hunks: [] });
      hunk = undefined;
    } else if (start !== undefined) {
      hunk = { oldStart: Number(start), lines: [] };
      const file = files.at(-1);
      if (file === undefined) throw new PatchError('the patch has a hunk before any "+++" line');
      file.hunks.push(hunk);
    } else if (/^(---|diff |index )/.test(line)) hunk = undefined;
    else if (hunk !== undefined && /^[ +-]/.test(line)) hunk.lines.push(line);
    else if (hunk !== undefined && line === '') hunk.lines.push(' ');
  }
  if (files.length === 0 || files.some(({ hunks }) => hunks.length === 0)) {
    throw new PatchError('the patch holds no hunk: a unified diff with "+++" and "@@" lines is wanted');
  }
  return files;
}

/** The text after the hunks. A hunk may have moved, but its old lines must be there as they are. @throws PatchError */
export function applyHunks(text: string, { path, hunks }: FilePatch): string {
  const lines = text.split('\n');
  let shift = 0;
  for (const hunk of hunks) {
    const before = hunk.lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
    const after = hunk.lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
    const at = findLines(lines, before, Math.max(0, hunk.oldStart - 1 + shift));
    if (at < 0) throw new PatchError(`the hunk at line ${hunk.oldStart} does not match "${path}"`);
    lines.splice(at, before.length, ...after);
    shift += after.length - before.length;
  }
  return lines.join('\n');
}

/** Where `wanted` stands, nearest to `near`; -1 when nowhere. */
function findLines(lines: readonly string[], wanted: readonly string[], near: number): number {
  const fits = (at: number): boolean => at >= 0 && wanted.every((line, offset) => lines[at + offset] === line);
  for (let distance = 0; distance <= lines.length; distance++) {
    if (fits(near - distance)) return near - distance;
    if (fits(near + distance)) return near + distance;
  }
  return -1;
}
