import { CodedError } from '../../base/errors';

/** The keeper's routes are called and `server.adminApi` is off. */
export class AdminDisabledError extends CodedError {
  readonly code = 'ADMIN_API_DISABLED';
}
