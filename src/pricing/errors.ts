import { CodedError } from '../base/errors';

/** The file of own prices cannot be read as one; the message lists every fault. */
export class PricesFileError extends CodedError {
  readonly code = 'PRICES_FILE';
}
