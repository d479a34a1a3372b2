import { CodedError } from '../base/errors';

/** No resource became free in time. */
export class PoolTimeoutError extends CodedError {
  readonly code = 'POOL_TIMEOUT';
}

/** Too many already wait, or the queue holds as much as it may. */
export class QueueFullError extends CodedError {
  readonly code = 'QUEUE_FULL';
}

/** The block was closed while, or before, the call was made. */
export class ClosedError extends CodedError {
  readonly code = 'TOOLKIT_CLOSED';
}

/** A resource could not be made or made ready. */
export class ResourceFailedError extends CodedError {
  readonly code = 'RESOURCE_FAILED';
}

/** Options that cannot work together. */
export class ToolkitOptionsError extends CodedError {
  readonly code = 'TOOLKIT_OPTIONS';
}

/** What must be sent does not fit the model's context window. */
export class ContextOverflowError extends CodedError {
  readonly code = 'CONTEXT_OVERFLOW';
}

/** No model may be used for the request; the message says why, one by one. */
export class NoModelError extends CodedError {
  readonly code = 'NO_MODEL';
}

/** The database ended a statement that took too long, or that was cancelled. */
export class StatementTimeoutError extends CodedError {
  readonly code = 'STATEMENT_TIMEOUT';
}

/** The database refused a statement, or was lost while running it. */
export class StatementFailedError extends CodedError {
  readonly code = 'STATEMENT_FAILED';

  /**
   * @param sqlState the five characters of the SQL standard; undefined when the connection failed
   * @param isTransient the same statement can succeed on another attempt
   */
  constructor(
    message: string,
    readonly sqlState: string | undefined,
    readonly isTransient: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A row that the table does not take; others of its batch are written. */
export class RowRejectedError extends CodedError {
  readonly code = 'ROW_REJECTED';
}

/** A request got no answer. */
export class HttpRequestError extends CodedError {
  readonly code = 'HTTP_REQUEST_FAILED';
}
