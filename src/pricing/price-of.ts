import type { EpochMillis } from '../base/clock';
import type { TokenUsage } from '../domain/usage';
import { CATALOG_DATE } from './catalog';
import { normalizeUsage } from './normalize-usage';
import type { NormalizedUsage } from './normalize-usage';
import { createPriceList } from './price-list';
import type { PriceOptions, PriceOutcome } from './price-list';

/** The bundled catalogue alone. */
export const bundledPrices = createPriceList();

/**
 * What a usage costs by the bundled catalogue, as of an instant; without one as of the catalogue's own day, at noon.
 * Pure; never throws.
 */
export function priceOf(
  usage: TokenUsage,
  provider: string,
  model: string,
  at: EpochMillis = CATALOG_DATE,
  options?: PriceOptions,
): PriceOutcome {
  return bundledPrices.price(usage, provider, model, at, options);
}

/** A payload read and priced. */
export interface PricedUsage extends NormalizedUsage {
  readonly price: PriceOutcome;
}

/**
 * From a provider's raw usage payload to canonical tokens and price in one step: by the model the payload names unless
 * one is given, at the tier the payload names unless one is given (`tier: ''` asks for the list price).
 */
export function usageAndPrice(
  provider: string,
  payload: unknown,
  at: EpochMillis = CATALOG_DATE,
  model = '',
  options: PriceOptions = {},
): PricedUsage {
  const normalized = normalizeUsage(provider, payload);
  const named = model === '' ? normalized.model : model;
  return {
    ...normalized,
    price: priceOf(normalized.usage, provider, named, at, {
      tier: normalized.tier,
      withoutOutput: normalized.withoutOutput === true,
      ...options,
    }),
  };
}
