import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors';
import { PseudonymKeyError } from './errors';

/** The key's file in the data folder. */
export const PSEUDONYM_KEY_FILE = 'pseudonyms.key';

const KEY_BYTES = 32;
const PSEUDONYM = /^(user-[0-9a-f]{12}|pseudonym:.*)$/;

/**
 * Names for people that stay the same and do not tell who it is: a keyed hash, so that nobody without the installation's
 * key can find out by trying addresses.
 */
export class Pseudonyms {
  /** @param key absent: one that is forgotten with the process. */
  constructor(private readonly key: Uint8Array = randomBytes(KEY_BYTES)) {}

  /** The name of an identity; one that is a name already, or empty, is kept. */
  of(identity: string): string {
    if (identity === '' || PSEUDONYM.test(identity)) return identity;
    return `user-${createHmac('sha256', this.key).update(identity).digest('hex').slice(0, 12)}`;
  }

  /** By the data folder's key, which is made when there is none. @throws PseudonymKeyError */
  static ofFolder(dataDir: string): Pseudonyms {
    const path = join(dataDir, PSEUDONYM_KEY_FILE);
    mkdirSync(dataDir, { recursive: true });
    try {
      // Whoever comes first makes it; all others read it.
      writeFileSync(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!isExisting(error)) throw new PseudonymKeyError(`${path} cannot be written: ${messageOf(error)}`);
    }
    const text = readKey(path);
    if (!/^[0-9a-f]{64}$/.test(text))
      throw new PseudonymKeyError(`${path} does not hold a key of 64 hex digits; remove it to have a new one made`);
    return new Pseudonyms(Buffer.from(text, 'hex'));
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new PseudonymKeyError(`${path} cannot be read: ${messageOf(error)}`);
  }
}

function isExisting(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
}
