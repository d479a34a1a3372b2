import { CodedError } from '../../base/errors';

/** What was to be imported is not there, or is nothing of its kind. */
export class ImportSourceError extends CodedError {
  readonly code = 'IMPORT_SOURCE';
}

/** The running stack did not take what was imported. */
export class ImportRefusedError extends CodedError {
  readonly code = 'IMPORT_REFUSED';
}
