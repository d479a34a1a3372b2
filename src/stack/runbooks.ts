import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runbooks } from '../http/runbooks';
import { packageRoot } from './shipped';

/** Runbooks beside the rules of the working directory, then those that come with the package. */
export function readRunbookFiles(directory: string): Runbooks {
  const paths = [...new Set([join(directory, 'alerts', 'RUNBOOKS.md'), join(packageRoot, 'alerts', 'RUNBOOKS.md')])];
  return { texts: () => paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8')) };
}
