import { CodedError } from '../base/errors';

/** A chat request that cannot be understood; `faults` names each. */
export class ChatRequestError extends CodedError {
  readonly code = 'CHAT_REQUEST';

  constructor(readonly faults: readonly string[]) {
    super(`the chat request is not valid: ${faults.join('; ')}`);
  }
}

/** A path that leaves the workspace, or is not where it should be. */
export class WorkspacePathError extends CodedError {
  readonly code = 'WORKSPACE_PATH';
}

/** A patch that does not fit the file. */
export class PatchError extends CodedError {
  readonly code = 'PATCH_MISMATCH';
}

/** A model provider answered with an error, or with something that is no answer. */
export class ProviderError extends CodedError {
  readonly code = 'MODEL_PROVIDER';

  /** @param status the HTTP status, when there was one. */
  constructor(
    message: string,
    readonly status?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** Whether another attempt can succeed. */
  get retryable(): boolean {
    return this.status === undefined || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The loop of model calls and tools did not come to an end. */
export class TurnLimitError extends CodedError {
  readonly code = 'TURN_LIMIT';
}
