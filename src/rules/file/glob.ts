import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files a pattern stands for, sorted: `*`, `?` and `[…]` within a name, `**` for any folders. A pattern without them
 * stands for itself, if it exists.
 */
export function expandGlob(pattern: string): string[] {
  if (pattern === '') return [];
  if (!/[*?[]/.test(pattern)) return existsSync(pattern) ? [pattern] : [];
  const absolute = pattern.startsWith('/');
  const segments = pattern.split('/').filter((segment, index) => segment !== '' || index > 0);
  return [
    ...new Set(
      walk(
        absolute ? '/' : '',
        segments.filter((segment) => segment !== ''),
      ),
    ),
  ].sort();
}

function walk(base: string, segments: readonly string[]): string[] {
  const [segment, ...rest] = segments;
  if (segment === undefined) return existsSync(base) ? [base] : [];
  if (segment === '**') {
    const below = entries(base).flatMap((name) => {
      const path = join(base, name);
      return isFolder(path) && !name.startsWith('.') ? walk(path, segments) : [];
    });
    return [...walk(base, rest), ...below];
  }
  if (!/[*?[]/.test(segment)) return walk(base === '' ? segment : join(base, segment), rest);
  const pattern = toPattern(segment);
  return entries(base)
    .filter((name) => pattern.test(name) && (segment.startsWith('.') || !name.startsWith('.')))
    .flatMap((name) => walk(base === '' ? name : join(base, name), rest));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder === '' ? '.' : folder);
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function toPattern(segment: string): RegExp {
  let text = '';
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i] ?? '';
    const close = char === '[' ? segment.indexOf(']', i + 2) : -1;
    if (char === '*') text += '[^/]*';
    else if (char === '?') text += '[^/]';
    else if (close > 0) {
      text += `[${segment
        .slice(i + 1, close)
        .replace(/^[!^]/, '^')
        .replaceAll('\\', '\\\\')}]`;
      i = close;
    } else text += char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${text}$`);
}
