import type { Millis } from '../../base/clock';

/** Why a delivery failed; Alertmanager's words for its `reason` label. */
export type FailureReason =
  'other' | 'clientError' | 'serverError' | 'contextCanceled' | 'contextDeadlineExceeded' | 'authError' | 'rateLimited';

/** The outcome of one attempt. */
export type Delivery =
  | {
      readonly kind: 'delivered';
      /** What the provider calls the message, where it can be updated later. */
      readonly reference?: string;
    }
  | {
      /** Trying again can help. */
      readonly kind: 'retry';
      readonly reason: FailureReason;
      readonly message: string;
      /** The other side asked for this much patience. */
      readonly retryAfter?: Millis;
      /** The other side as a whole is out of reach or overloaded: messages behind this one wait too. */
      readonly down?: boolean;
    }
  | {
      /** Trying the same message again cannot help. */
      readonly kind: 'refused';
      readonly reason: FailureReason;
      readonly message: string;
    };

/** It arrived. */
export function delivered(reference?: string): Delivery {
  return reference === undefined ? { kind: 'delivered' } : { kind: 'delivered', reference };
}

/** The message itself is at fault. */
export function refused(message: string, reason: FailureReason = 'clientError'): Delivery {
  return { kind: 'refused', reason, message };
}

/** It may go through later. */
export function retry(
  message: string,
  reason: FailureReason = 'other',
  more: { retryAfter?: Millis; down?: boolean } = {},
): Delivery {
  return { kind: 'retry', reason, message, ...more };
}
