import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PSEUDONYM_KEY_FILE, Pseudonyms } from './pseudonyms';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'telltale-key-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('one installation gives one person one name, another installation another', () => {
  const name = Pseudonyms.ofFolder(folder).of('ada@example.com');
  expect(name).toMatch(/^user-[0-9a-f]{12}$/);
  expect(Pseudonyms.ofFolder(folder).of('ada@example.com')).toBe(name);
  expect(Pseudonyms.ofFolder(folder).of('bob@example.com')).not.toBe(name);
  expect(Pseudonyms.ofFolder(join(folder, 'other')).of('ada@example.com')).not.toBe(name);
  expect(new Pseudonyms().of('ada@example.com')).not.toBe(new Pseudonyms().of('ada@example.com'));
});

test('the key is its owner’s alone, and made once', () => {
  Pseudonyms.ofFolder(folder);
  Pseudonyms.ofFolder(folder);
  expect(readdirSync(folder)).toEqual([PSEUDONYM_KEY_FILE]);
  expect(statSync(join(folder, PSEUDONYM_KEY_FILE)).mode & 0o777).toBe(0o600);
});

test.each(['', 'user-0123456789ab', 'pseudonym:x'])('"%s" stays', (identity) => {
  expect(new Pseudonyms().of(identity)).toBe(identity);
});

test('a key that is none stops the start, with the way out', () => {
  writeFileSync(join(folder, PSEUDONYM_KEY_FILE), 'secret');
  expect(() => Pseudonyms.ofFolder(folder)).toThrow(/remove it to have a new one made/);
});
