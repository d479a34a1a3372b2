import { parseInstant } from './instant';

/**
 * The address of what is on the screen now, for somebody who opens it later: a range like "the last hour" is pinned to the
 * instants it means at this moment. @param now epoch milliseconds.
 */
export function pinnedHref(href: string, now: number): string {
  const url = new URL(href);
  // The report of a pinned range is another one than that of the last day, but the same to everybody.
  const from = parseInstant(url.searchParams.get('from') ?? 'now-15m', now);
  const to = parseInstant(url.searchParams.get('to') ?? 'now', now);
  if (from !== undefined) url.searchParams.set('from', String(Math.round(from)));
  if (to !== undefined) url.searchParams.set('to', String(Math.round(to)));
  url.searchParams.delete('live');
  return url.href;
}
