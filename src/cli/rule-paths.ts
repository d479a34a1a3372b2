import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { expandGlob } from '../rules';

/**
 * The files that arguments stand for: files, patterns, and folders, which stand for the files in them whose name ends in
 * `ending` (of rule files, those that are no tests). What is not there is kept, to be told as missing.
 */
export function rulePaths(cwd: string, args: readonly string[], ending: '.yml' | '.test.yml'): string[] {
  return args.flatMap((arg) => {
    const path = isAbsolute(arg) ? arg : join(cwd, arg);
    if (isFolder(path)) {
      const below = expandGlob(ending === '.test.yml' ? join(path, '**', '*.test.yml') : join(path, '*.yml'));
      return below.filter((file) => ending === '.test.yml' || !file.endsWith('.test.yml'));
    }
    const found = expandGlob(path);
    return found.length > 0 ? found : [path];
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
