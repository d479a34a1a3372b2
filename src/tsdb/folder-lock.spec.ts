import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLock } from './folder-lock';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'telltale-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (owner: unknown): void => writeFileSync(join(folder, 'lock'), JSON.stringify(owner));

test('a folder is taken once, and again when it was given free', async () => {
  const lock = await FolderLock.take(folder);
  await expect(FolderLock.take(folder)).rejects.toMatchObject({
    code: 'TSDB_FOLDER_LOCKED',
    message: expect.stringContaining(`in use by process ${process.pid}`) as string,
  });
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
  await (await FolderLock.take(folder)).release();
});

test('the lock of another living process is respected; when the process ends it is taken over', async () => {
  const other = spawn('sleep', ['60']);
  const { pid = 0 } = other;
  write({ pid, started: '', token: 'theirs' });
  await expect(FolderLock.take(folder)).rejects.toThrow(`in use by process ${pid}`);
  const ended = new Promise((resolve) => other.once('exit', resolve));
  other.kill('SIGKILL');
  await ended;
  const lock = await FolderLock.take(folder);
  expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  await lock.release();
});

test.each([
  { name: 'of a process that had our number before us', owner: { pid: process.pid, started: '1', token: 'old' } },
  { name: 'whose number another process has now', owner: { pid: process.ppid, started: '1', token: 'old' } },
  { name: 'that was not finished', owner: {} },
])('a lock $name is taken over', async ({ owner }) => {
  write(owner);
  await (await FolderLock.take(folder)).release();
});

test('of many that try at once one has it', async () => {
  write({ pid: process.pid, started: '1', token: 'old' });
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => FolderLock.take(folder)));
  const taken = tries.filter(({ status }) => status === 'fulfilled');
  expect(taken).toHaveLength(1);
});
