import type { Millis } from './clock';
import type { Random } from './ids';

/** Exponential growth with full jitter. */
export interface BackoffOptions {
  /** The first wait's upper end. */
  readonly initial: Millis;
  /** No wait is longer. */
  readonly max: Millis;
  /** Growth per attempt; at least 1. */
  readonly factor?: number;
}

/**
 * How long to wait before attempt `attempt` (1 = the first retry): uniform in [half, whole] of
 * `initial * factor^(attempt-1)`, capped at `max`.
 */
export function backoffDelay(attempt: number, { initial, max, factor = 2 }: BackoffOptions, random: Random): Millis {
  const whole = Math.min(max, initial * factor ** Math.max(0, attempt - 1));
  return whole / 2 + (random() * whole) / 2;
}
