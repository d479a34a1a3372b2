import type { TokenUsage } from '../../domain/usage';

/** The usage with so many input tokens read from the cache instead of being written to it or sent uncached. */
export function withCacheRead(usage: TokenUsage, tokens: number): TokenUsage {
  const write = usage.cacheWrite ?? 0;
  const fromWrite = Math.min(write, tokens);
  const fromUncached = Math.min(usage.uncached ?? 0, tokens - fromWrite);
  return parts(usage, {
    uncached: (usage.uncached ?? 0) - fromUncached,
    cacheRead: (usage.cacheRead ?? 0) + fromWrite + fromUncached,
    cacheWrite: write - fromWrite,
  });
}

/**
 * The usage of a prompt without some tokens.
 * @param old tokens that earlier calls sent too: they were read from the cache if any were.
 * @param fresh tokens that this call sent first: they were written to the cache or uncached.
 */
export function withoutTokens(usage: TokenUsage, old: number, fresh: number): TokenUsage {
  const left = { read: usage.cacheRead ?? 0, write: usage.cacheWrite ?? 0, plain: usage.uncached ?? 0 };
  const take = (tokens: number, order: readonly (keyof typeof left)[]): void => {
    let rest = tokens;
    for (const part of order) {
      const taken = Math.min(left[part], rest);
      left[part] -= taken;
      rest -= taken;
    }
  };
  take(old, ['read', 'write', 'plain']);
  take(fresh, ['write', 'plain', 'read']);
  return parts(usage, { uncached: left.plain, cacheRead: left.read, cacheWrite: left.write });
}

/** The usage with other input parts; the lifetime of cache writes stays in proportion. */
export function parts(
  usage: TokenUsage,
  {
    uncached,
    cacheRead,
    cacheWrite,
  }: { readonly uncached: number; readonly cacheRead: number; readonly cacheWrite: number },
  lifetime?: '5m' | '1h',
): TokenUsage {
  const { cacheWrite5m: _short, cacheWrite1h: long, ...rest } = usage;
  const before = usage.cacheWrite ?? 0;
  const share = lifetime === '1h' ? 1 : lifetime === '5m' || before === 0 ? 0 : (long ?? 0) / before;
  return {
    ...rest,
    input: uncached + cacheRead + cacheWrite,
    uncached,
    ...(usage.cacheRead === undefined && cacheRead === 0 ? {} : { cacheRead }),
    ...(usage.cacheWrite === undefined && cacheWrite === 0 ? {} : { cacheWrite }),
    ...(share > 0 ? { cacheWrite1h: cacheWrite * share } : {}),
  };
}
