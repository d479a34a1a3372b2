import { createHash } from 'node:crypto';

/** What makes two model requests alike enough for one batch. */
export interface Similarity {
  readonly model: string;
  /** Sampling parameters and the like; order does not matter. */
  readonly parameters?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** The prompt; only its first `prefixLength` characters count. */
  readonly prompt?: string;
  /** Default 0: prompts do not matter. */
  readonly prefixLength?: number;
}

/** A group key for requests that can share a batch, and with a prefix a prompt cache. */
export function similarityKey({ model, parameters = {}, prompt = '', prefixLength = 0 }: Similarity): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = JSON.stringify([model, pairs, prompt.slice(0, prefixLength)]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
