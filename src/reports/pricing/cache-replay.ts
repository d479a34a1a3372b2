import type { Millis } from '../../base/clock';
import type { LedgerRow } from '../../domain/ledger';
import type { TokenUsage } from '../../domain/usage';
import { continues } from './threads';
import type { Thread } from './threads';
import { parts } from './usage-changes';

/** How long a prompt cache keeps a prefix, counted from its last use. */
export const CACHE_LIFETIMES = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const satisfies Record<string, Millis>;
export type CacheLifetime = keyof typeof CACHE_LIFETIMES | 'none';

/** Prompts below this many tokens are too short for any provider's cache. */
export const LEAST_CACHED_TOKENS = 1024;

/**
 * What a thread's calls would have used with another lifetime of the prompt cache. A prefix that was broken stays broken:
 * only what ran out (by the lifetime that was paid for) is found again.
 */
export function replayCache(
  thread: Thread,
  lifetime: CacheLifetime,
): { readonly row: LedgerRow; readonly usage: TokenUsage }[] {
  return thread.map((row, index) => {
    const { usage } = row;
    const input = usage.input ?? 0;
    const last = thread[index - 1];
    const read = usage.cacheRead ?? 0;
    const write = usage.cacheWrite ?? 0;
    if (lifetime === 'none') return { row, usage: parts(usage, { uncached: input, cacheRead: 0, cacheWrite: 0 }) };
    const gap = last === undefined ? Infinity : row.at - last.at;
    const before = last?.usage.input ?? 0;
    const cacheable = Math.max(0, input - tailOf(row));
    if (!continues(last, row) || before < LEAST_CACHED_TOKENS) {
      return { row, usage: parts(usage, kept(input, Math.min(read, cacheable), cacheable), lifetime) };
    }
    const paid = lifetimeOf(last);
    const alive = gap < CACHE_LIFETIMES[lifetime];
    const ranOut = read < 0.5 * before && gap >= CACHE_LIFETIMES[paid];
    const unused = read + write === 0 && (last.usage.cacheRead ?? 0) + (last.usage.cacheWrite ?? 0) === 0;
    const found = !alive ? 0 : ranOut || unused ? Math.min(before, cacheable) : read;
    return { row, usage: parts(usage, kept(input, found, cacheable), lifetime) };
  });
}

/** The lifetime that a call's cache writes were paid for: the short one unless it says otherwise. */
export function lifetimeOf({ usage }: LedgerRow): keyof typeof CACHE_LIFETIMES {
  return (usage.cacheWrite1h ?? 0) > 0 ? '1h' : '5m';
}

function kept(
  input: number,
  read: number,
  cacheable: number,
): { uncached: number; cacheRead: number; cacheWrite: number } {
  return { uncached: input - Math.max(read, cacheable), cacheRead: read, cacheWrite: Math.max(0, cacheable - read) };
}

/** Tokens after the last cache mark; where no cache is used, none: the whole prompt would be marked. */
function tailOf({ usage }: LedgerRow): number {
  return (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) > 0 ? (usage.uncached ?? 0) : 0;
}
