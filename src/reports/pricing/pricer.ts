import type { EpochMillis } from '../../base/clock';
import { toProviderName } from '../../domain/gen-ai';
import type { LedgerRow } from '../../domain/ledger';
import type { TokenUsage } from '../../domain/usage';
import type { PriceList } from '../../pricing';

/** US dollars per token by class. */
interface Rates {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly output: number;
}

/** What of a call is taken otherwise. */
export interface Otherwise {
  readonly usage?: TokenUsage;
  readonly model?: string;
  readonly provider?: string;
  /** The instant whose prices count. */
  readonly at?: EpochMillis;
  readonly tier?: string;
}

/**
 * Prompt sizes at which published prices change (long-context tiers of Gemini, Claude and GPT). Within a class prices
 * are proportional to tokens.
 */
const SIZE_CLASSES: readonly number[] = [128_000, 200_000, 256_000, 272_000, 512_000];
const PROBE_OUTPUT = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Prices many calls quickly: asks the price list once per model, day and size class and multiplies. What such rates
 * cannot express (audio, searches, other units) is asked for call by call.
 */
export class Pricer {
  /** By provider, model, tier, then size class and day. */
  private readonly known = new Map<string, Map<string, Map<string, Map<number, Rates | undefined>>>>();
  /** What calls cost as they were: nearly every question asks for it. */
  private readonly paid = new Map<LedgerRow, number | undefined>();

  constructor(private readonly prices: PriceList | undefined) {}

  /** What a call would have cost, in US dollars; undefined when no price or no usage is known. */
  cost(row: LedgerRow, otherwise?: Otherwise): number | undefined {
    if (otherwise !== undefined) return this.compute(row, otherwise);
    const known = this.paid.get(row);
    if (known !== undefined || this.paid.has(row)) return known;
    const usd = this.compute(row, {});
    this.paid.set(row, usd);
    return usd;
  }

  private compute(row: LedgerRow, otherwise: Otherwise): number | undefined {
    if (this.prices === undefined) return undefined;
    const usage = otherwise.usage ?? row.usage;
    const model = otherwise.model ?? (row.responseModel || row.requestModel);
    const provider = otherwise.provider ?? row.provider;
    const at = otherwise.at ?? row.at;
    const tier = otherwise.tier ?? row.tier;
    if (usage.units !== undefined) {
      const outcome = this.prices.price(usage, provider, model, at, { tier });
      return outcome.known ? outcome.price.usd : undefined;
    }
    const { input, output } = usage;
    if (input === undefined || output === undefined) return undefined;
    const rates = this.rates(provider, model, at, tier, input);
    if (rates === undefined) return undefined;
    const read = usage.cacheRead ?? 0;
    const write = usage.cacheWrite ?? 0;
    const write1h = Math.min(write, usage.cacheWrite1h ?? 0);
    const uncached = usage.uncached ?? Math.max(0, input - read - write);
    return (
      uncached * rates.uncached +
      read * rates.cacheRead +
      (write - write1h) * rates.write5m +
      write1h * rates.write1h +
      output * rates.output
    );
  }

  private rates(provider: string, model: string, at: EpochMillis, tier: string, input: number): Rates | undefined {
    const size = SIZE_CLASSES.findIndex((bound) => input <= bound);
    // Some providers are cheaper at certain hours of the day.
    const unit = provider.includes('deepseek') && toProviderName(provider) === 'deepseek' ? HOUR : DAY;
    const key = Math.floor(at / unit) * 16 + size + 1;
    const known = this.ratesOf(provider, model, tier);
    if (known.has(key)) return known.get(key);
    const tokens = size < 0 ? 600_000 : (SIZE_CLASSES[size] ?? 1000);
    const made = this.probe(provider, model, at, tier, tokens);
    known.set(key, made);
    return made;
  }

  private ratesOf(provider: string, model: string, tier: string): Map<number, Rates | undefined> {
    const models = entryOf(this.known, provider, () => new Map<string, Map<string, Map<number, Rates | undefined>>>());
    const tiers = entryOf(models, model, () => new Map<string, Map<number, Rates | undefined>>());
    return entryOf(tiers, tier, () => new Map<number, Rates | undefined>());
  }

  private probe(provider: string, model: string, at: EpochMillis, tier: string, tokens: number): Rates | undefined {
    const ask = (usage: TokenUsage): number | undefined => {
      const outcome = this.prices?.price(usage, provider, model, at, { tier });
      return outcome?.known === true ? outcome.price.usd : undefined;
    };
    const per = (usage: TokenUsage): number | undefined => {
      const usd = ask({ input: tokens, output: 0, ...usage });
      return usd === undefined ? undefined : usd / tokens;
    };
    const uncached = per({ uncached: tokens });
    const both = ask({ input: tokens, uncached: tokens, output: PROBE_OUTPUT });
    if (uncached === undefined || both === undefined) return undefined;
    const write5m = per({ cacheWrite: tokens, uncached: 0 }) ?? uncached;
    return {
      uncached,
      cacheRead: per({ cacheRead: tokens, uncached: 0 }) ?? uncached,
      write5m,
      write1h: per({ cacheWrite: tokens, cacheWrite1h: tokens, uncached: 0 }) ?? write5m,
      output: (both - uncached * tokens) / PROBE_OUTPUT,
    };
  }
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
