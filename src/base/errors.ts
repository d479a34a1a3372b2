/**
 * A fault with a permanent code. Each room keeps its own subclasses in `errors.ts`; only `http/error.filter.ts` and
 * `cli/main.ts` turn codes into statuses and exit codes.
 */
export abstract class CodedError extends Error {
  /** UPPER_SNAKE_CASE, never reused for another meaning. */
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The text of anything thrown, for logs and for messages to people. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The request asked for something impossible in itself: a malformed parameter, an unknown name. */
export class BadInputError extends CodedError {
  readonly code = 'BAD_INPUT';
}

/** The named thing does not exist. */
export class NotFoundError extends CodedError {
  readonly code = 'NOT_FOUND';
}

/** A bounded resource is full; trying again after `retryAfter` (ms) can succeed. */
export class OverloadedError extends CodedError {
  readonly code = 'OVERLOADED';

  constructor(
    message: string,
    readonly retryAfter: number,
  ) {
    super(message);
  }
}
