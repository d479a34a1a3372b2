import { CodedError } from '../base/errors';

/** One thing wrong with an alerting configuration, and where. */
export interface AlertingFault {
  /** Keys and indexes from the top: `['route', 'routes', 0, 'receiver']`. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** An alerting configuration cannot be used; the one that was active before stays active. */
export class InvalidAlertingConfigError extends CodedError {
  readonly code = 'INVALID_ALERTING_CONFIG';

  constructor(
    readonly source: string,
    readonly faults: readonly AlertingFault[],
  ) {
    super(faults.map((fault) => `${source}: ${formatPath(fault.path)}${fault.message}`).join('\n'));
  }
}

/** The text is not a list of matchers. `offset` is 0-based, in UTF-16 units. */
export class MatcherSyntaxError extends CodedError {
  readonly code = 'MATCHER_SYNTAX';

  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** A silence that would never match, or whose times make no sense. */
export class InvalidSilenceError extends CodedError {
  readonly code = 'INVALID_SILENCE';
}

/** No silence has that id. */
export class UnknownSilenceError extends CodedError {
  readonly code = 'UNKNOWN_SILENCE';
}

/** A time interval's field does not read. */
export class TimeIntervalSyntaxError extends CodedError {
  readonly code = 'TIME_INTERVAL_SYNTAX';
}

/** A notification may not go to that address: link-local and metadata addresses are closed unless opened by name. */
export class ForbiddenAddressError extends CodedError {
  readonly code = 'FORBIDDEN_ADDRESS';
}

/** A credential's file cannot be read. */
export class UnreadableSecretError extends CodedError {
  readonly code = 'UNREADABLE_SECRET';
}

function formatPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  return `${path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')}: `;
}
