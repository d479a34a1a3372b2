import { CodedError } from '../base/errors';

/** Another process, or another store of this one, has the folder of series; the message names the process. */
export class FolderLockedError extends CodedError {
  readonly code = 'TSDB_FOLDER_LOCKED';
}

/** Bytes of a chunk, block, snapshot or log record do not mean anything. */
export class CorruptDataError extends CodedError {
  readonly code = 'TSDB_CORRUPT_DATA';
}
