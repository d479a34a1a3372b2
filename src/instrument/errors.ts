import { CodedError } from '../base/errors';

/** The object given to `monitorPool` is no pool that is known. */
export class UnknownPoolError extends CodedError {
  readonly code = 'UNKNOWN_POOL';
}
