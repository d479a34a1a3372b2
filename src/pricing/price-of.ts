import type { EpochMillis } from '../base/clock';
import type { TokenUsage } from '../domain/usage';
import { normalizeUsage } from './normalize-usage';
import type { NormalizedUsage } from './normalize-usage';
import { createPriceList } from './price-list';
import type { PriceOptions, PriceOutcome } from './price-list';

/** The bundled catalogue alone. */
export const bundledPrices = createPriceList();

/** Late enough for the newest prices, and noon where prices depend on the time of day. */
const NEWEST: EpochMillis = Date.UTC(9999, 0, 1, 12);

/** What a usage costs by the bundled catalogue, as of an instant; by its newest prices without one. Pure; never throws. */
export function priceOf(
  usage: TokenUsage,
  provider: string,
  model: string,
  at: EpochMillis = NEWEST,
  options?: PriceOptions,
): PriceOutcome {
  return bundledPrices.price(usage, provider, model, at, options);
}

/** A payload read and priced. */
export interface PricedUsage extends NormalizedUsage {
  readonly price: PriceOutcome;
}

/**
 * From a provider's raw usage payload to canonical tokens and list price in one step. The model may be left out where
 * the payload names it. The tier is reported but leaves the list price as it is; pass it to `priceOf` to apply it.
 */
export function usageAndPrice(provider: string, payload: unknown, at: EpochMillis = NEWEST, model = ''): PricedUsage {
  const normalized = normalizeUsage(provider, payload);
  const named = model === '' ? normalized.model : model;
  return { ...normalized, price: priceOf(normalized.usage, provider, named, at) };
}
