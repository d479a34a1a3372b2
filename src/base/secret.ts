import { inspect } from 'node:util';
import { z } from 'zod';

/** A credential: it prints as `<redacted>` everywhere, and is read by `reveal()` at the place that sends it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '<redacted>';
  }

  toJSON(): string {
    return '<redacted>';
  }

  [inspect.custom](): string {
    return '<redacted>';
  }
}

/** A configuration value that is a credential. */
export const secret = z.string().transform((value) => new Secret(value));
