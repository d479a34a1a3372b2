import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
};

/** One file of the web UI, ready to send. */
export interface UiAsset {
  readonly contentType: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  /** Its name holds a hash of its content: it never changes. */
  readonly immutable: boolean;
}

const compress = promisify(gzip);

/** The built web UI's files, read and compressed once each. */
export class UiAssets {
  private readonly known = new Map<string, Promise<UiAsset | undefined>>();

  /** @param folder where the build put them. */
  constructor(private readonly folder: string) {}

  /** By path below the folder; undefined when there is no such file, or the path leads out of the folder. */
  find(path: string): Promise<UiAsset | undefined> {
    const relative = normalize(path).replace(/^[/\\]+/, '');
    const type = TYPES[extname(relative)];
    if (type === undefined || relative.split(sep).includes('..')) return Promise.resolve(undefined);
    const known = this.known.get(relative);
    if (known !== undefined) return known;
    const loading = this.load(relative, type);
    void loading.then((asset) => {
      // Only what exists is remembered: the number of wrong names has no bound.
      if (asset === undefined) this.known.delete(relative);
    });
    this.known.set(relative, loading);
    return loading;
  }

  private async load(relative: string, contentType: string): Promise<UiAsset | undefined> {
    let plain: Buffer;
    try {
      plain = await readFile(join(this.folder, relative));
    } catch {
      return undefined;
    }
    return { contentType, plain, gzipped: await compress(plain), immutable: relative.startsWith(`assets${sep}`) };
  }
}
