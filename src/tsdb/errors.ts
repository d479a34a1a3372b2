import { CodedError } from '../base/errors';

/** Bytes of a chunk, block, snapshot or log record do not mean anything. */
export class CorruptDataError extends CodedError {
  readonly code = 'TSDB_CORRUPT_DATA';
}
