import { CodedError } from '../base/errors';

/** A remote store cannot answer; nothing shorter is returned in its place. */
export class StoreUnavailableError extends CodedError {
  readonly code = 'STORE_UNAVAILABLE';
}

/** A question would touch more than its limit allows. */
export class LimitExceededError extends CodedError {
  readonly code = 'LIMIT_EXCEEDED';
}

/** A file of the data folder is damaged beyond what recovery mends. */
export class CorruptStoreError extends CodedError {
  readonly code = 'STORE_CORRUPT';
}
