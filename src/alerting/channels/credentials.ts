import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { messageOf } from '../../base/errors';
import type { Secret } from '../../base/secret';
import { UnreadableSecretError } from '../errors';

/** Reads credentials at the moment they are sent, so that a rotated file needs no reload. */
export class Credentials {
  /** @param directory what relative file names start from. */
  constructor(private readonly directory: string) {}

  /**
   * The value itself or the content of its file, without the white space around it; undefined where neither is given.
   * @throws UnreadableSecretError
   */
  read(value: Secret | undefined, file: string | undefined): string | undefined {
    if (value !== undefined) return value.reveal();
    return file === undefined || file === '' ? undefined : this.readFile(file).trim();
  }

  /** @throws UnreadableSecretError */
  readFile(file: string): string {
    try {
      return readFileSync(isAbsolute(file) ? file : join(this.directory, file), 'utf8');
    } catch (error) {
      throw new UnreadableSecretError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
    }
  }
}
