import { CodedError } from '../../base/errors';

/** The text is not in the Prometheus or OpenMetrics exposition format. `line` counts from 1. */
export class ExpositionSyntaxError extends CodedError {
  readonly code = 'EXPOSITION_SYNTAX';

  constructor(
    readonly problem: string,
    readonly line: number,
  ) {
    super(`line ${line}: ${problem}`);
  }
}

/** The bytes are not a remote-write request. */
export class RemoteWriteDecodeError extends CodedError {
  readonly code = 'REMOTE_WRITE_DECODE';
}

/** A file of targets cannot be used. */
export class TargetFileError extends CodedError {
  readonly code = 'TARGET_FILE';
}

/** A scrape brought nothing; the message says why. */
export class ScrapeFailedError extends CodedError {
  readonly code = 'SCRAPE_FAILED';
}
