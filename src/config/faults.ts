import { CodedError } from '../base/errors';

/** One thing wrong with a configuration. Lines and columns count from 1; 0 where the fault is not in a file. */
export interface ConfigFault {
  /** The file, or the environment variable. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
  /** Where in the configuration: `alerting.route.receiver`. */
  readonly path: string;
  readonly message: string;
}

/** The configuration cannot be used; `faults` holds everything that is wrong with it, in the order of the file. */
export class InvalidConfigError extends CodedError {
  readonly code = 'INVALID_CONFIG';

  constructor(readonly faults: readonly ConfigFault[]) {
    super(faults.map(formatFault).join('\n'));
  }
}

/** `file:line:column: path: message`. */
export function formatFault(fault: ConfigFault): string {
  const place = fault.line > 0 ? `${fault.source}:${fault.line}:${fault.column}` : fault.source;
  return fault.path === '' ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
}
