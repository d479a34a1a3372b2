import { join } from 'node:path';
import { existsSync, readdirSync } from 'node:fs';
import { breaches } from './harness/house-rules';
import { readSourceTree, toSourceFile } from './harness/source-tree';

const root = join(__dirname, '..');
const files = [...readSourceTree(root, 'src'), ...readSourceTree(root, 'test')];

test('the house is in order', () => {
  expect(breaches(files)).toEqual([]);
});

test('every room has a README and, where it is imported by its index, an index', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const missing = rooms.flatMap(({ name }) => {
    const wanted = ['base', 'domain', 'cli', 'http', 'ui', 'config', 'contracts', 'stack'].includes(name)
      ? ['README.md']
      : ['README.md', 'index.ts'];
    return wanted.filter((file) => !existsSync(join(root, 'src', name, file))).map((file) => `src/${name}/${file}`);
  });
  expect(missing).toEqual([]);
});

describe('a planted violation is found', () => {
  const plant = (path: string, text: string) => breaches([...files, toSourceFile(path, text)]).join('\n');

  test.each([
    [
      'a room imports one it may not',
      'src/base/planted.ts',
      "import { Labels } from '../domain/labels';",
      'base may not import domain',
    ],
    [
      'a room reaches past an index',
      'src/rules/planted.ts',
      "import { x } from '../promql/planted-part';",
      'across rooms import src/promql/index.ts',
    ],
    [
      'Nest in a plain file',
      'src/domain/planted.ts',
      "import { Module } from '@nestjs/common';",
      'only modules, controllers',
    ],
    ['a file beyond 500 lines', 'src/domain/planted.ts', '\n'.repeat(600), 'at most 500'],
    ['a file that imports itself', 'src/domain/planted.ts', "import { x } from './planted';", 'import cycle'],
    ['an own index', 'src/storage/planted.ts', "import { x } from './index';", "imports its own room's index"],
  ])('%s', (_what, path, text, want) => {
    expect(plant(path, text)).toContain(want);
  });

  test('a cycle of two files', () => {
    const planted = [
      toSourceFile('src/domain/one.ts', "import type { B } from './two';"),
      toSourceFile('src/domain/two.ts', "export { A } from './one';"),
    ];
    expect(breaches([...files, ...planted]).join('\n')).toContain(
      'import cycle: src/domain/one.ts -> src/domain/two.ts -> src/domain/one.ts',
    );
  });
});
