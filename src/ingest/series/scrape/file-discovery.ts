import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../../base/errors';
import { TargetFileError } from '../errors';
import type { TargetGroup } from './target';

const groups = z.array(
  z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }),
);

interface KnownFile {
  readonly version: string;
  readonly groups: readonly TargetGroup[];
}

/** Reads target groups from JSON and YAML files. A file that cannot be read keeps the groups it had. */
export class FileDiscovery {
  private readonly known = new Map<string, KnownFile>();

  /** @param directory what relative patterns start from. */
  constructor(private readonly directory: string) {}

  /** The groups in files that match; the last name of a pattern may have `*`. Faults are told, not thrown. */
  async read(patterns: readonly string[], onFault: (error: TargetFileError) => void): Promise<TargetGroup[]> {
    const found: TargetGroup[] = [];
    for (const pattern of patterns) {
      for (const path of await this.expand(pattern)) {
        try {
          found.push(...(await this.readOne(path)));
        } catch (error) {
          onFault(new TargetFileError(`targets in ${path} cannot be read: ${messageOf(error)}`, { cause: error }));
          found.push(...(this.known.get(path)?.groups ?? []));
        }
      }
    }
    return found;
  }

  private async expand(pattern: string): Promise<string[]> {
    const path = isAbsolute(pattern) ? pattern : join(this.directory, pattern);
    const name = basename(path);
    if (!name.includes('*')) return [path];
    const expression = new RegExp(`^${name.split('*').map(escapeExpression).join('.*')}$`);
    const names = await readdir(dirname(path)).catch((): string[] => []);
    return names
      .filter((candidate) => expression.test(candidate))
      .sort()
      .map((candidate) => join(dirname(path), candidate));
  }

  private async readOne(path: string): Promise<readonly TargetGroup[]> {
    const { mtimeMs, size } = await stat(path);
    const version = `${mtimeMs} ${size}`;
    const before = this.known.get(path);
    if (before?.version === version) return before.groups;
    const read = groups
      .parse(parse(await readFile(path, 'utf8')) ?? [])
      .map(({ targets, labels }) => ({ targets, labels: { ...labels, __meta_filepath: path } }));
    this.known.set(path, { version, groups: read });
    return read;
  }
}

function escapeExpression(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
