import { cp, lstat, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { NotFoundError } from '../../base/errors';
import { WorkspacePathError } from '../errors';

/**
 * A folder that the tools are confined to: a scratch copy, so that no patch touches the original. A path that leaves
 * it, by `..`, as an absolute path or through a symbolic link, is refused.
 */
export class Workspace implements AsyncDisposable {
  private constructor(readonly root: string) {}

  /** Copies a folder to a scratch folder; symbolic links, `.git` and `node_modules` stay behind. */
  static async copyOf(folder: string): Promise<Workspace> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'telltale-workspace-')));
    await cp(folder, root, {
      recursive: true,
      filter: async (source) =>
        !/(^|[/\\])(\.git|node_modules)$/.test(source) && !(await lstat(source)).isSymbolicLink(),
    });
    return new Workspace(root);
  }

  /**
   * The absolute path of something that exists in the workspace.
   * @throws WorkspacePathError, NotFoundError
   */
  async locate(path: string): Promise<string> {
    const absolute = this.inside(path);
    let real: string;
    try {
      real = await realpath(absolute);
    } catch {
      throw new NotFoundError(`there is no "${path}" in the workspace`);
    }
    if (!isWithin(this.root, real)) throw new WorkspacePathError(`"${path}" leads out of the workspace`);
    return real;
  }

  /** The path as tools name it: relative, with slashes. */
  nameOf(absolute: string): string {
    return relative(this.root, absolute).split(sep).join('/') || '.';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  private inside(path: string): string {
    if (path.includes('\0') || isAbsolute(path)) throw new WorkspacePathError(`"${path}" is not a relative path`);
    const absolute = resolve(this.root, normalize(path));
    if (!isWithin(this.root, absolute)) throw new WorkspacePathError(`"${path}" leads out of the workspace`);
    return absolute;
  }
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}
