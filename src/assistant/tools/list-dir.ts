import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WorkspacePathError } from '../errors';
import { defineTool } from './tool';

const MAX_ENTRIES = 500;

/** Lists a folder and those below it. */
export const listDir = defineTool({
  name: 'list_dir',
  description: 'List files below a folder of the workspace, with sizes in bytes.',
  input: z.strictObject({ path: z.string().min(1).default('.') }),
  run: async ({ path }, workspace, signal) => {
    const folder = await workspace.locate(path);
    if (!(await stat(folder)).isDirectory()) throw new WorkspacePathError(`"${path}" is not a folder`);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const lines: string[] = [];
    for (const entry of entries) {
      signal.throwIfAborted();
      if (!entry.isFile()) continue;
      const absolute = join(entry.parentPath, entry.name);
      lines.push(`${workspace.nameOf(absolute)} ${(await stat(absolute)).size}`);
    }
    lines.sort();
    const more = lines.length - MAX_ENTRIES;
    return more > 0 ? [...lines.slice(0, MAX_ENTRIES), `[${more} more]`].join('\n') : lines.join('\n');
  },
});
