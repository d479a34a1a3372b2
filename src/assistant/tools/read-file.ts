import { open } from 'node:fs/promises';
import { z } from 'zod';
import { WorkspacePathError } from '../errors';
import { defineTool } from './tool';

/** Bytes of a file that one call returns. */
const MAX_BYTES = 64 * 1024;

/** Reads a text file, or some lines of it. */
export const readFile = defineTool({
  name: 'read_file',
  description: 'Read a text file of the workspace, whole or from one line to another (1-based, inclusive).',
  input: z.strictObject({
    path: z.string().min(1),
    from: z.int().positive().optional(),
    to: z.int().positive().optional(),
  }),
  run: async ({ path, from, to }, workspace) => {
    const file = await open(await workspace.locate(path));
    try {
      if (!(await file.stat()).isFile()) throw new WorkspacePathError(`"${path}" is not a file`);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
      if (buffer.subarray(0, bytesRead).includes(0)) throw new WorkspacePathError(`"${path}" is not a text file`);
      const text = buffer.toString('utf8', 0, Math.min(bytesRead, MAX_BYTES));
      const kept =
        from === undefined && to === undefined
          ? text
          : text
              .split('\n')
              .slice((from ?? 1) - 1, to)
              .join('\n');
      return bytesRead > MAX_BYTES ? `${kept}\n[cut off after ${MAX_BYTES} bytes]` : kept;
    } finally {
      await file.close();
    }
  },
});
