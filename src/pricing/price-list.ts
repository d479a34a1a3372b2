import type { EpochMillis } from '../base/clock';
import { toProviderName } from '../domain/gen-ai';
import type { ComputedCost } from '../domain/ledger';
import type { TokenUsage } from '../domain/usage';
import { CATALOG_NAME, catalogVersion, priceFromCatalog } from './catalog';
import type { ModelPrices, PricesFile } from './prices-file';
import { PUBLISHED_FACTORS } from './published-factors';

/** What a usage costs, with the way it was found. */
export interface Price extends ComputedCost {
  readonly inputUsd: number;
  readonly outputUsd: number;
  /** The provider and model whose prices were used, as the catalogue names them. */
  readonly provider: string;
  readonly model: string;
}

/** A price, or why there is none. */
export type PriceOutcome =
  { readonly known: true; readonly price: Price } | { readonly known: false; readonly reason: string };

/** What may be known of a call besides its tokens. */
export interface PriceOptions {
  /** Service tier, speed and the like as `normalizeUsage` gives them, joined by `+`; empty for the list price. */
  readonly tier?: string;
  /** The call gives no output that is counted, as embeddings do: that none was reported leaves nothing open. */
  readonly withoutOutput?: boolean;
}

/** Prices of tokens at an instant. */
export interface PriceList {
  /** Name and version as stamped on costs, `name@version`. */
  readonly catalog: string;
  price(usage: TokenUsage, provider: string, model: string, at: EpochMillis, options?: PriceOptions): PriceOutcome;
}

/**
 * A price list: the entries of an own file first, then the bundled catalogue. A tier without a known factor leaves the
 * price unknown, since the list price would be wrong.
 */
export function createPriceList(own?: PricesFile): PriceList {
  const factors = [...(own?.multipliers ?? []), ...PUBLISHED_FACTORS];
  return {
    get catalog() {
      return own === undefined
        ? `${CATALOG_NAME}@${catalogVersion()}`
        : `prices.yaml@${own.version}, ${CATALOG_NAME}@${catalogVersion()}`;
    },
    price(usage, writtenProvider, model, at, options = {}) {
      const provider = toProviderName(writtenProvider);
      const tier = options.tier ?? '';
      if (model === '') return { known: false, reason: 'the model is not known' };
      const units = toPriceUnits(usage);
      if (Object.keys(units).length === 0) return { known: false, reason: 'no usage was reported' };
      if (usage.input === undefined && usage.output !== undefined && usage.units === undefined)
        return { known: false, reason: 'input tokens were not reported' };
      let multiplier = 1;
      for (const mark of tier.split('+').filter((part) => part !== '')) {
        const factor = factorOf(factors, provider, model, mark);
        if (factor === undefined) return { known: false, reason: `no factor is known for the tier "${mark}"` };
        multiplier *= factor;
      }
      const mine = own === undefined ? undefined : ownPrices(own, provider, model, at);
      const found =
        mine === undefined ? priceFromCatalog(units, provider, model, at) : priceFromFile(mine, usage, provider);
      if ('reason' in found) return { known: false, reason: found.reason };
      const open = usage.output === undefined && usage.input !== undefined && options.withoutOutput !== true;
      if (open && found.pricesOutput && usage.units === undefined)
        return { known: false, reason: 'output tokens were not reported' };
      return {
        known: true,
        price: {
          // Fees that are not for tokens, for searches say, are the same in every tier.
          usd: multiplier === 1 ? found.totalUsd : (found.inputUsd + found.outputUsd) * multiplier + feesOf(found),
          inputUsd: found.inputUsd * multiplier,
          outputUsd: found.outputUsd * multiplier,
          provider: found.provider,
          model: found.model,
          catalog: mine === undefined ? CATALOG_NAME : 'prices.yaml',
          version: mine === undefined ? catalogVersion() : (own?.version ?? ''),
          pricedAt: at,
          multiplier,
        },
      };
    },
  };
}

/** Usage in the catalogue's unit names; what is unknown is absent. */
export function toPriceUnits(usage: TokenUsage): Record<string, number> {
  const units: Record<string, number> = { ...usage.units };
  const put = (name: string, count: number | undefined): void => {
    if (count !== undefined) units[name] = count;
  };
  put('input_tokens', usage.input);
  put('cache_read_tokens', usage.cacheRead);
  put('cache_write_tokens', usage.cacheWrite);
  put('cache_write_5m_tokens', usage.cacheWrite5m);
  put('cache_write_1h_tokens', usage.cacheWrite1h);
  put('output_tokens', usage.output);
  put('output_reasoning_tokens', usage.reasoning);
  return units;
}

function feesOf(found: { inputUsd: number; outputUsd: number; totalUsd: number }): number {
  const fees = found.totalUsd - found.inputUsd - found.outputUsd;
  // What is left of rounding is no fee.
  return fees > 1e-12 + found.totalUsd * 1e-12 ? fees : 0;
}

function factorOf(
  factors: PricesFile['multipliers'],
  provider: string,
  model: string,
  tier: string,
): number | undefined {
  return factors.find(
    (entry) =>
      entry.tier === tier &&
      (entry.provider === undefined || toProviderName(entry.provider) === provider) &&
      matches(entry.model, model),
  )?.factor;
}

function ownPrices(own: PricesFile, provider: string, model: string, at: EpochMillis): ModelPrices | undefined {
  return own.models.findLast(
    (entry) =>
      (entry.provider === undefined || toProviderName(entry.provider) === provider) &&
      matches(entry.model, model) &&
      (entry.from === undefined || Date.parse(`${entry.from}T00:00:00Z`) <= at),
  );
}

function priceFromFile(
  prices: ModelPrices,
  usage: TokenUsage,
  provider: string,
): { inputUsd: number; outputUsd: number; totalUsd: number; provider: string; model: string; pricesOutput: boolean } {
  const tier = prices.tiers.findLast((entry) => (usage.input ?? 0) > entry.above);
  const rates = tier ?? prices;
  const write1h = usage.cacheWrite1h ?? 0;
  const writeRate = rates.cache_write ?? rates.input;
  const reasoning = usage.reasoning ?? 0;
  const inputUsd =
    ((usage.uncached ?? 0) * rates.input +
      (usage.cacheRead ?? 0) * (rates.cache_read ?? rates.input) +
      ((usage.cacheWrite ?? 0) - write1h) * writeRate +
      write1h * (rates.cache_write_1h ?? writeRate)) /
    1e6;
  const outputUsd =
    (((usage.output ?? 0) - reasoning) * rates.output + reasoning * (rates.reasoning ?? rates.output)) / 1e6;
  return {
    inputUsd,
    outputUsd,
    totalUsd: inputUsd + outputUsd,
    provider,
    model: prices.model,
    pricesOutput: rates.output > 0,
  };
}

function matches(pattern: string, model: string): boolean {
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(model.toLowerCase());
}
