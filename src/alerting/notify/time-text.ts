import type { EpochMillis } from '../../base/clock';

/** Go's zero time, which stands for "none" in Alertmanager's JSON. */
export const NO_TIME = '0001-01-01T00:00:00Z';

/** The last text made: alerts of a group mostly began together. */
let last: { readonly at: EpochMillis; readonly text: string } = { at: 0, text: '1970-01-01T00:00:00Z' };

/** RFC 3339 as Go prints it: no fraction where there is none, no trailing zeros. */
export function timeText(at: EpochMillis | undefined): string {
  if (at === undefined) return NO_TIME;
  if (last.at !== at) last = { at, text: format(at) };
  return last.text;
}

function format(at: EpochMillis): string {
  const text = new Date(at).toISOString();
  const digits = text.slice(20, 23);
  if (digits === '000') return `${text.slice(0, 19)}Z`;
  return `${text.slice(0, 20)}${digits.replace(/0+$/, '')}Z`;
}
