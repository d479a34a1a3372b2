import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { defineTool } from './tool';

const MAX_MATCHES = 100;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_LINE = 200;

/** Finds a text in the files of the workspace. */
export const searchText = defineTool({
  name: 'search_text',
  description: 'Find lines that contain a text, case-insensitively; answers "path:line: text".',
  input: z.strictObject({ query: z.string().min(1).max(200), path: z.string().min(1).default('.') }),
  run: async ({ query, path }, workspace, signal) => {
    const folder = await workspace.locate(path);
    const wanted = query.toLowerCase();
    const matches: string[] = [];
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) {
      signal.throwIfAborted();
      if ((await stat(file)).size > MAX_FILE_BYTES) continue;
      const text = await readFile(file, 'utf8');
      if (text.includes('\0')) continue;
      text.split('\n').forEach((line, index) => {
        if (matches.length < MAX_MATCHES && line.toLowerCase().includes(wanted)) {
          matches.push(`${workspace.nameOf(file)}:${index + 1}: ${line.slice(0, MAX_LINE)}`);
        }
      });
      if (matches.length >= MAX_MATCHES) return [...matches, `[stopped after ${MAX_MATCHES} matches]`].join('\n');
    }
    return matches.length === 0 ? `no line contains "${query}"` : matches.join('\n');
  },
});
