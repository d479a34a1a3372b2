import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { messageOf } from '../base/errors';
import type { EpochMillis } from '../base/clock';
import { toProviderName } from '../domain/gen-ai';
import { textAt } from './payload';

/** A price found for a usage. */
export interface CatalogPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly totalUsd: number;
  /** The provider and model the catalogue took it for. */
  readonly provider: string;
  readonly model: string;
  /** Whether the catalogue has a price for output at all: embedding models have none. */
  readonly pricesOutput: boolean;
}

/** Why there is no price. */
export type NoPrice = { readonly reason: string };

/** The catalogue's name, stamped on each cost. */
export const CATALOG_NAME = 'genai-prices';

/** The day on which the bundled catalogue was published, at noon, where prices depend on the time of day. */
export const CATALOG_DATE: EpochMillis = Date.UTC(2026, 8, 23, 12);

/** The catalogue's names of providers, where they differ from the conventions'. */
const CATALOG_IDS: Readonly<Record<string, string>> = {
  'gcp.gemini': 'google',
  'gcp.gen_ai': 'google',
  'gcp.vertex_ai': 'google',
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'aws.bedrock': 'aws',
  x_ai: 'x-ai',
  mistral_ai: 'mistral',
  moonshot_ai: 'moonshotai',
  github: 'github-copilot',
  github_copilot: 'github-copilot',
  azure_ai: 'azure',
  vertex: 'google',
  togetherai: 'together',
  fireworks_ai: 'fireworks',
  zhipu: 'zhipuai',
  'z.ai': 'zai',
};

/** Providers that pass on other makers' models without a price of their own for each. */
const RESELLERS: ReadonlySet<string> = new Set(['github-copilot', 'cursor']);

/** Servers of models on one's own machines: the maker's price would be wrong. */
const OWN_MACHINES: ReadonlySet<string> = new Set([
  'ollama',
  'vllm',
  'sglang',
  'lmstudio',
  'lm_studio',
  'llamacpp',
  'llama.cpp',
  'llamafile',
  'local',
]);

let version: string | undefined;

/** The version of the bundled catalogue. */
export function catalogVersion(): string {
  if (version === undefined) {
    const entry = require.resolve('@pydantic/genai-prices');
    const text = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
    version = textAt(JSON.parse(text), 'version') ?? 'unknown';
  }
  return version;
}

/**
 * Prices units by the bundled catalogue, as of an instant. For a provider the catalogue does not know, a gateway
 * say, the model's own maker is asked.
 * @param units counts by the catalogue's unit names.
 */
export function priceFromCatalog(
  units: Readonly<Record<string, number>>,
  provider: string,
  model: string,
  at: EpochMillis,
): CatalogPrice | NoPrice {
  const timestamp = new Date(at);
  if (OWN_MACHINES.has(provider)) return { reason: `"${provider}" runs models on one's own machines: no list price` };
  const named = catalogId(provider);
  // A provider the catalogue knows sets its own prices: another one's would be a guess.
  const isKnown = named !== '' && findProvider({ providerId: named }) !== undefined;
  const attempts = isKnown ? (RESELLERS.has(named) ? [named, undefined] : [named]) : [undefined];
  let reason = `no price is known for the model "${model}"`;
  for (const providerId of attempts) {
    for (const name of modelNames(model)) {
      try {
        const found = calcPrice(
          { ...units },
          name,
          providerId === undefined ? { timestamp } : { timestamp, providerId },
        );
        if (found === null) continue;
        const output = found.model_price['output_mtok'];
        return {
          inputUsd: found.input_price,
          outputUsd: found.output_price,
          totalUsd: found.total_price,
          provider: found.provider.id,
          model: found.model.id,
          pricesOutput: output !== undefined && output !== 0,
        };
      } catch (error) {
        reason = `the price of "${model}" cannot be computed: ${messageOf(error)}`;
      }
    }
  }
  return { reason };
}

/** The catalogue's name of a provider, also of one with the API's name behind a dot, `groq.chat`, as the Vercel AI SDK writes. */
function catalogId(provider: string): string {
  const alias = CATALOG_IDS[provider];
  if (alias !== undefined) return alias;
  const maker = toProviderName(provider.split('.')[0] ?? '');
  const id = CATALOG_IDS[maker] ?? maker;
  return id !== provider && findProvider({ providerId: id })?.id === id ? id : provider;
}

/** A model's name as written, then without a router's prefix and without what follows `@` or `[`. */
function modelNames(model: string): string[] {
  const bare = model.replace(/^models\//, '').replace(/\[[^\]]*\]$/, '');
  const names = [
    model,
    bare,
    bare.slice(bare.indexOf('/') + 1),
    bare.slice(bare.lastIndexOf('/') + 1),
    bare.replace(/@.*$/, ''),
  ];
  return [...new Set(names.filter((name) => name !== ''))];
}
