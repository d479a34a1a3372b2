import type { LedgerRow } from '../../domain/ledger';
import type { TokenUsage } from '../../domain/usage';
import type { PriceList } from '../../pricing';

/** What a call would have cost with another usage or model, in US dollars; undefined when no price is known. */
export function costOf(
  prices: PriceList | undefined,
  row: LedgerRow,
  otherwise: { readonly usage?: TokenUsage; readonly model?: string; readonly at?: number } = {},
): number | undefined {
  if (prices === undefined) return undefined;
  const model = otherwise.model ?? (row.responseModel || row.requestModel);
  const outcome = prices.price(otherwise.usage ?? row.usage, row.provider, model, otherwise.at ?? row.at, {
    tier: row.tier,
  });
  return outcome.known ? outcome.price.usd : undefined;
}

/** The usage with so many input tokens read from the cache instead. */
export function withCacheRead(usage: TokenUsage, tokens: number): TokenUsage {
  const write = usage.cacheWrite ?? 0;
  const fromWrite = Math.min(write, tokens);
  const fromUncached = Math.min(usage.uncached ?? 0, tokens - fromWrite);
  const { cacheWrite5m: _short, cacheWrite1h: _long, ...rest } = usage;
  return {
    ...rest,
    cacheRead: (usage.cacheRead ?? 0) + fromWrite + fromUncached,
    ...(usage.cacheWrite === undefined ? {} : { cacheWrite: write - fromWrite }),
    ...(usage.uncached === undefined ? {} : { uncached: usage.uncached - fromUncached }),
  };
}
