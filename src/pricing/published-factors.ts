import type { PricesFile } from './prices-file';

type Factor = PricesFile['multipliers'][number];

const of = (provider: string, tier: string, factor: number, ...models: readonly string[]): Factor[] =>
  (models.length === 0 ? ['*'] : models).map((model) => ({ provider, model, tier, factor }));

/**
 * Factors that providers publish on top of their list prices, as of November 2026. Sources: Anthropic "Pricing" (batch,
 * fast mode, data residency), OpenAI "Pricing", Google "Gemini API optimization". OpenAI's factors of priority are the
 * prices on its page "Priority Processing for API Customers" over its list prices: $4.25 for $2.50 of gpt-4o. A tier that is
 * not here has no known price: Anthropic's priority tier is bought ahead, Gemini's costs 1.75 to 2 times as much.
 */
export const PUBLISHED_FACTORS: readonly Factor[] = [
  ...of('anthropic', 'batch', 0.5),
  ...of('anthropic', 'fast', 6, 'claude-opus-4-6*', 'claude-opus-4-7*'),
  ...of('anthropic', 'fast', 2, 'claude-opus-4-8*', 'claude-opus-5', 'claude-opus-5-20*'),
  ...of('anthropic', 'us', 1.1, 'claude-*-4-6*', 'claude-*-4-7*', 'claude-*-4-8*'),
  ...of('anthropic', 'us', 1.1, 'claude-opus-5*', 'claude-sonnet-5*', 'claude-haiku-5*', 'claude-fable-5*'),
  // Models before 4.6 cost the same everywhere.
  ...of('anthropic', 'us', 1),
  ...of('openai', 'batch', 0.5),
  ...of('openai', 'flex', 0.5),
  ...of('openai', 'priority', 2.5, 'gpt-5.5', 'gpt-5.5-20*'),
  ...of('openai', 'priority', 1.8, 'gpt-5-mini*'),
  ...of('openai', 'priority', 2, 'gpt-5', 'gpt-5-20*', 'gpt-5-codex', 'gpt-5.1*', 'gpt-5.2', 'gpt-5.2-20*'),
  ...of('openai', 'priority', 2, 'gpt-5.4', 'gpt-5.4-20*', 'gpt-5.4-mini*'),
  ...of('openai', 'priority', 1.75, 'gpt-4.1', 'gpt-4.1-20*', 'gpt-4.1-mini*', 'o3', 'o3-20*', 'gpt-4o-2024-05-13'),
  ...of('openai', 'priority', 2, 'gpt-4.1-nano*'),
  ...of('openai', 'priority', 1.7, 'gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'),
  ...of('openai', 'priority', 5 / 3, 'gpt-4o-mini', 'gpt-4o-mini-20*'),
  ...of('openai', 'priority', 20 / 11, 'o4-mini', 'o4-mini-20*'),
  ...of('azure.ai.openai', 'batch', 0.5),
  ...of('gcp.gemini', 'batch', 0.5),
  ...of('gcp.gemini', 'flex', 0.5),
  ...of('mistral_ai', 'batch', 0.5),
  ...of('aws.bedrock', 'batch', 0.5),
  ...of('aws.bedrock', 'flex', 0.5),
  ...of('groq', 'flex', 1),
  ...of('groq', 'batch', 0.5),
];
