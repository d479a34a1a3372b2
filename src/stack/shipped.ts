import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The package's own folder: `dist/stack` and `src/stack` both lie two levels below it. */
export const packageRoot = resolve(__dirname, '..', '..');

/** A folder of the working directory if it is there, else the one that comes with the package. */
export function shippedFolder(name: string, directory: string): string {
  const own = join(directory, name);
  return existsSync(own) ? own : join(packageRoot, name);
}
