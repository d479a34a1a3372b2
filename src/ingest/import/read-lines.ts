import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/errors';
import { ImportSourceError } from './errors';

/** A JSON object of a log, content unknown. */
export type LogLine = Readonly<Record<string, unknown>>;

/**
 * The JSON objects of a file with one per line, one at a time: no more of the file is in memory. Lines that are none, a
 * torn last one among them, are passed over and told to `onBad`.
 */
export async function* jsonLines(path: string, onBad: () => void = () => undefined): AsyncGenerator<LogLine> {
  for await (const text of textLines(path)) {
    const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
    if (plain.trim() === '') continue;
    const line = parseObject(plain);
    if (line === undefined) onBad();
    else yield line;
  }
}

/**
 * The lines of a file, with or without a carriage return at their ends. Node's readline ends lines at U+2028 and U+2029
 * too, which stand in JSON texts as they are.
 */
async function* textLines(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, 'utf8');
  let begun: string[] = [];
  try {
    for await (const chunk of stream) {
      const parts = String(chunk).split('\n');
      for (const [index, part] of parts.entries()) {
        begun.push(part);
        if (index === parts.length - 1) break;
        yield begun.join('');
        begun = [];
      }
    }
    yield begun.join('');
  } finally {
    stream.destroy();
  }
}

/** All lines of a file, for readers that must look back and forth. */
export async function readJsonLines(path: string): Promise<{ lines: LogLine[]; bad: number }> {
  const lines: LogLine[] = [];
  let bad = 0;
  for await (const line of jsonLines(path, () => void bad++)) lines.push(line);
  return { lines, bad };
}

function parseObject(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** When a file was last written, epoch milliseconds. */
export async function modifiedAt(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}

/**
 * All files below a path whose name passes, sorted; a path to a file gives that file.
 * @param options.inside whether folders within are looked into.
 * @throws ImportSourceError when the path is not there.
 */
export async function findFiles(
  path: string,
  passes: (name: string) => boolean,
  { inside = true }: { readonly inside?: boolean } = {},
): Promise<string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new ImportSourceError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (!isFolder) return [path];
  const entries = await readdir(path, { recursive: inside, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && passes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Text at a key; empty when it is no text. */
export function textOf(line: LogLine | undefined, key: string): string {
  const value = line?.[key];
  return typeof value === 'string' ? value : '';
}

/** The object at a key; undefined when it is none. */
export function objectOf(line: LogLine | undefined, key: string): LogLine | undefined {
  const value = line?.[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** The objects in the list at a key. */
export function listOf(line: LogLine | undefined, key: string): LogLine[] {
  const value = line?.[key];
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => (typeof item === 'object' && item !== null ? [{ ...item }] : []));
}

/** When a line was written, epoch milliseconds; undefined when it does not say. */
export function timeOf(line: LogLine): number | undefined {
  const at = Date.parse(textOf(line, 'timestamp'));
  return Number.isFinite(at) ? at : undefined;
}
