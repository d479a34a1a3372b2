import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The files that a pattern with `*` and `?` in its path segments names, sorted; a pattern without them names itself. */
export function expandGlob(pattern: string): string[] {
  if (!/[*?]/.test(pattern)) return [pattern];
  let found = [pattern.startsWith('/') ? '/' : '.'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const matches = /[*?]/.test(segment) ? toRegex(segment) : undefined;
    found = found.flatMap((directory) => {
      if (matches === undefined) return [join(directory, segment)];
      return namesIn(directory)
        .filter((name) => matches.test(name))
        .map((name) => join(directory, name));
    });
  }
  return found.sort();
}

function toRegex(segment: string): RegExp {
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${source}$`);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}
