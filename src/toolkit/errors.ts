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
