import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A place for inputs that the queue has no room for; first in, first out by their tickets. */
export interface Spill<I> {
  /** Keeps an input. A rejection refuses the request. */
  put(ticket: number, input: I): Promise<void>;
  /** Gives it back and forgets it. */
  take(ticket: number): Promise<I>;
  /** Forgets an input that nobody wants any more. */
  drop(ticket: number): Promise<void>;
  close(): Promise<void>;
}

/** Keeps inputs as JSON files in a folder of its own below `parent`. */
export class FileSpill<I> implements Spill<I> {
  private folder: Promise<string> | undefined;

  /** @param decode checks what JSON gave back. */
  constructor(
    private readonly parent: string,
    private readonly decode: (value: unknown) => I,
  ) {}

  async put(ticket: number, input: I): Promise<void> {
    await writeFile(await this.fileOf(ticket), JSON.stringify(input));
  }

  async take(ticket: number): Promise<I> {
    const file = await this.fileOf(ticket);
    const input = this.decode(JSON.parse(await readFile(file, 'utf8')));
    await rm(file, { force: true });
    return input;
  }

  async drop(ticket: number): Promise<void> {
    await rm(await this.fileOf(ticket), { force: true });
  }

  async close(): Promise<void> {
    if (this.folder !== undefined) await rm(await this.folder, { recursive: true, force: true });
  }

  private async fileOf(ticket: number): Promise<string> {
    this.folder ??= mkdtemp(join(this.parent, 'spill-'));
    return join(await this.folder, `${ticket}.json`);
  }
}
