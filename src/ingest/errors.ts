import { CodedError } from '../base/errors';

/** A request refused before its content was looked at. `status` is HTTP's. */
export class IngestRefusedError extends CodedError {
  readonly code = 'INGEST_REFUSED';

  constructor(
    readonly status: 400 | 401 | 404 | 405 | 408 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** The key for pseudonyms in the data folder cannot be used: without it nothing that names people is taken. */
export class PseudonymKeyError extends CodedError {
  readonly code = 'PSEUDONYM_KEY';
}
