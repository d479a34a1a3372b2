import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { defineTool } from './tool';
import { applyHunks, parseUnifiedDiff } from './unified-diff';

/** Changes files of the scratch copy by a unified diff: all of them or none. */
export const applyPatch = defineTool({
  name: 'apply_patch',
  description: 'Change existing files by a unified diff; either every hunk fits or nothing is changed.',
  changes: true,
  input: z.strictObject({ patch: z.string().min(1).max(200_000) }),
  run: async ({ patch }, workspace) => {
    const changes: { file: string; name: string; text: string }[] = [];
    for (const filePatch of parseUnifiedDiff(patch)) {
      const file = await workspace.locate(filePatch.path);
      const text = applyHunks(await readFile(file, 'utf8'), filePatch);
      changes.push({ file, name: workspace.nameOf(file), text });
    }
    for (const { file, text } of changes) await writeFile(file, text);
    return `changed ${changes.map(({ name }) => name).join(', ')}`;
  },
});
