import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../src/cli/commands';
import { errorCodes } from './harness/error-codes';
import { REFERENCE_FILE, referenceText } from './harness/reference';

const root = join(__dirname, '..');

test('the README lists every verb, and no other', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const rows = (readme.split('\n## Verbs\n')[1] ?? '').split('\n## ')[0]?.match(/^\| `.*?\|/gm) ?? [];
  const listed = rows.flatMap((row) => [...row.matchAll(/`([\w-]+)`/g)].map(([, verb]) => verb));
  expect(listed.sort()).toEqual(commands.map(({ name }) => name).sort());
});

test('an error code belongs to one class', () => {
  const codes = errorCodes(root).map(({ code }) => code);
  const twice = codes.filter((code, index) => codes.indexOf(code) !== index);
  expect(twice).toEqual([]);
});

test('every class with a code says when it is used', () => {
  expect(errorCodes(root).filter(({ doc }) => doc === '')).toEqual([]);
});

test('the reference is what the code says; `node test/harness/write-reference.mjs` rewrites it', () => {
  expect(readFileSync(join(root, REFERENCE_FILE), 'utf8')).toBe(referenceText(root));
});

test('every entry of the package has a source', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string } | string>;
  };
  const missing = Object.values(exports)
    .flatMap((entry) => (typeof entry === 'string' ? [] : [entry.default]))
    .map((file) => file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
    .filter((file) => !existsSync(join(root, file)));
  expect(missing).toEqual([]);
});
