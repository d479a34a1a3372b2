import type { EpochMillis } from '../../base/clock';

/** Go's zero time, which stands for "none" in Alertmanager's JSON. */
export const NO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 as Go prints it: no fraction where there is none, no trailing zeros. */
export function timeText(at: EpochMillis | undefined): string {
  if (at === undefined) return NO_TIME;
  return new Date(at)
    .toISOString()
    .replace(/\.(\d*?)0*Z$/, (_all, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}
