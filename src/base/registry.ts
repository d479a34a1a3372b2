import { CodedError } from './errors';
import { closest } from './closest';

/** A name that no definition has; the message names the known ones. */
export class UnknownNameError extends CodedError {
  readonly code = 'UNKNOWN_NAME';
}

/** Two definitions with one name: a fault of the code, found at start. */
export class DuplicateNameError extends CodedError {
  readonly code = 'DUPLICATE_NAME';
}

/** Named definitions of one kind (channels, rule kinds, functions …), fixed at start. */
export class Registry<T extends { readonly name: string }> implements Iterable<T> {
  private readonly byName = new Map<string, T>();

  /** @throws DuplicateNameError */
  constructor(
    private readonly what: string,
    definitions: Iterable<T>,
  ) {
    for (const definition of definitions) {
      if (this.byName.has(definition.name)) throw new DuplicateNameError(`two ${what}s named "${definition.name}"`);
      this.byName.set(definition.name, definition);
    }
  }

  find(name: string): T | undefined {
    return this.byName.get(name);
  }

  /** @throws UnknownNameError */
  get(name: string): T {
    const found = this.byName.get(name);
    if (found) return found;
    const near = closest(name, this.byName.keys());
    const hint = near === undefined ? `known: ${[...this.byName.keys()].sort().join(', ')}` : `did you mean "${near}"?`;
    throw new UnknownNameError(`no ${this.what} named "${name}"; ${hint}`);
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  [Symbol.iterator](): Iterator<T> {
    return this.byName.values();
  }
}
