import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The package's own folder: `dist/stack` and `src/stack` both lie two levels below it. */
export const packageRoot = resolve(__dirname, '..', '..');

/** A folder of the working directory if it is there, else the one that comes with the package. */
export function shippedFolder(name: string, directory: string): string {
  const own = join(directory, name);
  return existsSync(own) ? own : join(packageRoot, name);
}

/** The version in our `package.json`. */
export function packageVersion(): string {
  const text: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}
