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
