import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSampleWorkspace } from './sample-workspace';
import { tools } from './tools';
import { applyHunks, parseUnifiedDiff } from './unified-diff';
import { Workspace } from './workspace';

let original: string;
let workspace: Workspace;

beforeAll(async () => {
  original = await writeSampleWorkspace();
  workspace = await Workspace.copyOf(original);
  await writeFile(join(original, 'outside.txt'), 'secret');
  await symlink(original, join(workspace.root, 'way-out'));
});
afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await rm(original, { recursive: true });
});

async function call(name: string, input: unknown): Promise<string> {
  const called = tools.get(name).call(input, workspace, new AbortController().signal);
  if ('faults' in called) throw new Error(called.faults.join());
  return called.result;
}

test.each([['../outside.txt'], ['src/../../x'], ['/etc/passwd'], ['way-out/outside.txt'], ['src/\0.ts']])(
  '%j is out of reach, for every tool',
  async (path) => {
    for (const [name, input] of [
      ['read_file', { path }],
      ['list_dir', { path }],
      ['search_text', { query: 'secret', path }],
      ['apply_patch', { patch: `+++ b/${path}\n@@ -1,1 +1,1 @@\n-secret\n+x\n` }],
    ] as const) {
      await expect(call(name, input)).rejects.toMatchObject({
        code: expect.stringMatching(/WORKSPACE_PATH|NOT_FOUND/),
      });
    }
    expect(await readFile(join(original, 'outside.txt'), 'utf8')).toBe('secret');
  },
);

test('reads, lists and searches', async () => {
  expect(await call('read_file', { path: 'src/price-order.ts', from: 3, to: 4 })).toBe(
    'const VOLUME_DISCOUNT = 0.05;\nconst VOLUME_THRESHOLD = 100;',
  );
  expect(await call('list_dir', {})).toMatch(/^README\.md \d+$/m);
  expect(await call('search_text', { query: 'APPLYDISCOUNT' })).toMatch(/^src\/price-order\.ts:8:/);
  expect(await call('search_text', { query: 'no such words' })).toContain('no line contains');
  await mkdir(join(workspace.root, 'bin'));
  await writeFile(join(workspace.root, 'bin/data'), Buffer.from([0, 1, 2]));
  await expect(call('read_file', { path: 'bin/data' })).rejects.toThrow('not a text file');
});

test('a patch changes the copy, all of it or nothing', async () => {
  const hunk = (path: string, from: string, to: string) =>
    `--- a/${path}\n+++ b/${path}\n@@ -3,1 +3,1 @@\n-${from}\n+${to}\n`;
  const good = hunk('src/price-order.ts', 'const VOLUME_DISCOUNT = 0.05;', 'const VOLUME_DISCOUNT = 0.1;');
  await expect(call('apply_patch', { patch: good + hunk('src/server.ts', 'no such line', 'x') })).rejects.toThrow(
    'does not match',
  );
  expect(await call('read_file', { path: 'src/price-order.ts' })).toContain('0.05');
  expect(await call('apply_patch', { patch: good })).toBe('changed src/price-order.ts');
  expect(await call('read_file', { path: 'src/price-order.ts' })).toContain('0.1;');
  expect(await readFile(join(original, 'src/price-order.ts'), 'utf8')).toContain('0.05');
});

test('hunks may have moved, but their lines must be there', () => {
  const [patch] = parseUnifiedDiff('+++ b/f\n@@ -1,2 +1,3 @@\n b\n+new\n c\n@@ -9,1 +10,0 @@\n-e\n');
  expect(patch && applyHunks('a\nb\nc\nd\ne', patch)).toBe('a\nb\nnew\nc\nd');
  expect(() => parseUnifiedDiff('nothing')).toThrow('no hunk');
});

test('inputs are checked, with every fault', () => {
  const called = tools.get('read_file').call({ path: '', from: 0, colour: 1 }, workspace, new AbortController().signal);
  expect(called).toMatchObject({
    faults: [expect.stringContaining('path'), expect.stringContaining('from'), expect.stringContaining('colour')],
  });
});
