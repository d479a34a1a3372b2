import { priceOf } from '../../../pricing';
import type { EpochMillis } from '../../../base/clock';
import type { TokenUsage } from '../../../domain/usage';
import type { ModelCandidate, SelectionRequest } from './types';

const DEFAULT_INPUT = 2_000;
const DEFAULT_OUTPUT = 500;

/**
 * What a call is expected to cost, in US dollars; undefined when the price is not known. The model of the session reads
 * its cached tokens from the cache; any other must take them in anew, and keep them.
 */
export function expectedCost(
  candidate: ModelCandidate,
  { inputTokens, outputTokens = DEFAULT_OUTPUT, session }: SelectionRequest,
  at: EpochMillis,
): number | undefined {
  const input = inputTokens ?? Math.max(DEFAULT_INPUT, session?.cachedTokens ?? 0);
  const cached = Math.min(input, session?.cachedTokens ?? 0);
  const isSame = session?.model === candidate.model;
  const uncached = input - cached;
  if (candidate.prices !== undefined) {
    const { input: price, output, cacheRead = price, cacheWrite = price } = candidate.prices;
    return (uncached * price + cached * (isSame ? cacheRead : cacheWrite) + outputTokens * output) / 1_000_000;
  }
  const usage = { input, uncached, output: outputTokens, ...(isSame ? { cacheRead: cached } : { cacheWrite: cached }) };
  const outcome = priceOf(usage, candidate.provider, candidate.model, at);
  return outcome.known ? outcome.price.usd : undefined;
}

/** What a call cost by what it used, in US dollars; undefined when the price, or how many tokens there were, is not known. */
export function costOfUsage(candidate: ModelCandidate, usage: TokenUsage, at: EpochMillis): number | undefined {
  if (candidate.prices === undefined) {
    const outcome = priceOf(usage, candidate.provider, candidate.model, at);
    return outcome.known ? outcome.price.usd : undefined;
  }
  const {
    input: price,
    output: outputPrice,
    cacheRead: readPrice = price,
    cacheWrite: writePrice = price,
  } = candidate.prices;
  const { input, output, cacheRead = 0, cacheWrite = 0 } = usage;
  const { uncached = input === undefined ? undefined : Math.max(0, input - cacheRead - cacheWrite) } = usage;
  if (uncached === undefined || output === undefined) return undefined;
  return (uncached * price + cacheRead * readPrice + cacheWrite * writePrice + output * outputPrice) / 1_000_000;
}
