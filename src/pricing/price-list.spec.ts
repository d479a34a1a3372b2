import { PricesFileError } from './errors';
import { createPriceList } from './price-list';
import { readPricesFile } from './prices-file';
import { priceOf, usageAndPrice } from './price-of';
import { CATALOG_DATE, catalogVersion } from './catalog';

const AT = Date.UTC(2026, 5, 1);
const MILLION = 1_000_000;

test('the catalogue prices caches by their lifetime', () => {
  const outcome = priceOf(
    {
      input: 3 * MILLION,
      uncached: 0,
      cacheRead: MILLION,
      cacheWrite: 2 * MILLION,
      cacheWrite5m: MILLION,
      cacheWrite1h: MILLION,
      output: 0,
    },
    'anthropic',
    'claude-haiku-4-5-20251001',
    AT,
  );
  expect(outcome).toMatchObject({ known: true, price: { usd: 0.1 + 1.25 + 2, pricedAt: AT, multiplier: 1 } });
});

test.each([
  [
    'an unknown model',
    { input: 1, output: 1 },
    'acme',
    'no-such-model',
    'no price is known for the model "no-such-model"',
  ],
  ['no model', { input: 1, output: 1 }, 'openai', '', 'the model is not known'],
  ['no usage', {}, 'openai', 'gpt-5', 'no usage was reported'],
  ['no input', { output: 4 }, 'openai', 'gpt-5', 'input tokens were not reported'],
  [
    'no output of a model that has a price for it',
    { input: 4, uncached: 4 },
    'openai',
    'gpt-5',
    'output tokens were not reported',
  ],
])('%s leaves the price unknown', (_name, usage, provider, model, reason) => {
  expect(priceOf(usage, provider, model, AT)).toEqual({ known: false, reason });
});

test('embeddings have no output to report', () => {
  expect(priceOf({ input: MILLION, uncached: MILLION }, 'openai', 'text-embedding-3-small', AT)).toMatchObject({
    known: true,
    price: { usd: 0.02 },
  });
});

test.each([
  ['a total that leaves no output', { usage: { prompt_tokens: MILLION, total_tokens: MILLION } }, true],
  ['no total', { usage: { prompt_tokens: MILLION } }, false],
])('embeddings of a model that has a price for output: %s', (_what, body, known) => {
  const { price } = usageAndPrice('mistral', { object: 'list', model: 'mistral-embed', ...body }, AT);
  expect(price).toMatchObject(known ? { known, price: { usd: 0.1 } } : { known });
});

test('a provider without that model gives way to its maker', () => {
  expect(priceOf({ input: MILLION, output: 0 }, 'some-gateway', 'gpt-4o', AT)).toMatchObject({
    known: true,
    price: { provider: 'openai', usd: 2.5 },
  });
});

test.each([
  ['groq.chat', 'llama-3.1-8b-instant', 'groq'],
  ['azure_ai', 'gpt-4o', 'azure'],
  ['aws.bedrock', 'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws'],
  ['gcp.vertex_ai', 'publishers/anthropic/models/claude-sonnet-4-5@20250929', 'google'],
  ['openrouter', 'openrouter/anthropic/claude-sonnet-4.5', 'openrouter'],
  ['litellm', 'anthropic/claude-sonnet-4-5', 'anthropic'],
  ['anthropic', 'claude-opus-4-6[1m]', 'anthropic'],
])('%s is known by the price of %s at %s', (provider, model, by) => {
  expect(priceOf({ input: MILLION, output: 0 }, provider, model, AT)).toMatchObject({
    known: true,
    price: { provider: by },
  });
});

test("what runs on one's own machine has no list price, whoever made the model", () => {
  expect(priceOf({ input: 1, output: 1 }, 'ollama', 'deepseek-reasoner', AT)).toEqual({
    known: false,
    reason: '"ollama" runs models on one\'s own machines: no list price',
  });
});

test.each([
  ['batch', 'anthropic', 'claude-opus-5', 0.5],
  ['fast', 'anthropic', 'claude-opus-4-6', 6],
  ['fast', 'anthropic', 'claude-opus-5', 2],
  ['fast+us', 'anthropic', 'claude-opus-4-8', 2.2],
  ['us', 'anthropic', 'claude-opus-4-5', 1],
  ['flex', 'openai', 'gpt-5', 0.5],
  ['priority', 'openai', 'gpt-5-mini', 1.8],
  ['priority', 'openai', 'gpt-5.4', 2],
])('%s of %s %s costs %p times the list price', (tier, provider, model, multiplier) => {
  const usage = { input: MILLION, uncached: MILLION, output: MILLION, units: { web_searches: 1000 } };
  const list = priceOf(usage, provider, model, AT);
  const tiered = priceOf(usage, provider, model, AT, { tier });
  expect(tiered).toMatchObject({ known: true, price: { multiplier: expect.closeTo(multiplier, 12) } });
  if (!list.known || !tiered.known) throw new Error('no price');
  expect(tiered.price.inputUsd).toBeCloseTo(list.price.inputUsd * multiplier, 9);
  // Searches cost the same in every tier.
  const fees = list.price.usd - list.price.inputUsd - list.price.outputUsd;
  expect(fees).toBeCloseTo(10, 9);
  expect(tiered.price.usd).toBeCloseTo((list.price.usd - fees) * multiplier + fees, 9);
});

test('a payload is priced at its own tier, and at the list price when asked', () => {
  const body = { model: 'claude-opus-5', usage: { input_tokens: MILLION, output_tokens: 0, service_tier: 'batch' } };
  expect(usageAndPrice('anthropic', body, AT).price).toMatchObject({ price: { usd: 2.5, multiplier: 0.5 } });
  expect(usageAndPrice('anthropic', body, AT, '', { tier: '' }).price).toMatchObject({ price: { usd: 5 } });
});

test("prices follow the call's instant; without one, the catalogue's own day", () => {
  const usage = { input: 300_000, uncached: 300_000, output: 0 };
  const before = priceOf(usage, 'anthropic', 'claude-opus-4-6', Date.UTC(2026, 2, 1));
  const after = priceOf(usage, 'anthropic', 'claude-opus-4-6', Date.UTC(2026, 3, 1));
  expect([before, after]).toMatchObject([{ price: { usd: 3 } }, { price: { usd: 1.5 } }]);
  expect(priceOf(usage, 'anthropic', 'claude-opus-4-6')).toMatchObject({ price: { pricedAt: CATALOG_DATE, usd: 1.5 } });
  // Another catalogue has another day.
  expect(catalogVersion()).toBe('0.1.8');
});

describe('own prices', () => {
  const own = readPricesFile(
    `
version: 7
models:
  - { model: "house-*", input: 1, output: 2, cache_read: 0.1, tiers: [{ above: 200000, input: 2, output: 4 }] }
  - { model: "house-*", from: 2026-07-01, input: 10, output: 20 }
multipliers:
  - { tier: priority, factor: 2 }
`,
    'prices.yaml',
  );
  const list = createPriceList(own);
  const usage = { input: 100_000, uncached: 60_000, cacheRead: 40_000, output: 10_000 };

  test.each([
    ['before the change', AT, '', usage, 0.06 + 0.004 + 0.02],
    ['after the change', Date.UTC(2026, 6, 2), '', usage, 0.1 * 10 + 0.01 * 20],
    ['in a tier', AT, 'priority', usage, 2 * (0.06 + 0.004 + 0.02)],
    ['beyond a size', AT, '', { input: 300_000, uncached: 300_000, output: 0 }, 0.6],
  ])('%s', (_name, at, tier, tokens, usd) => {
    const outcome = list.price(tokens, 'acme', 'house-2', at, { tier });
    expect(outcome).toMatchObject({ known: true, price: { catalog: 'prices.yaml', version: '7' } });
    expect(outcome.known ? outcome.price.usd : NaN).toBeCloseTo(usd, 12);
  });

  test('a tier nobody has a factor for', () => {
    expect(list.price(usage, 'acme', 'house-2', AT, { tier: 'warp' })).toEqual({
      known: false,
      reason: 'no factor is known for the tier "warp"',
    });
  });

  test('other models come from the catalogue', () => {
    expect(list.price({ input: MILLION, output: 0 }, 'openai', 'gpt-4o', AT)).toMatchObject({
      known: true,
      price: { catalog: 'genai-prices' },
    });
  });

  test('every fault of the file is named', () => {
    expect(() => readPricesFile('models: [{ model: x, input: -1 }]\nwhat: 1', 'prices.yaml')).toThrow(PricesFileError);
    expect(() => readPricesFile('models: [{ model: x, input: -1 }]\nwhat: 1', 'prices.yaml')).toThrow(
      /models\.0\.input.*models\.0\.output.*what/s,
    );
    expect(() => readPricesFile('a: [', 'prices.yaml')).toThrow(/is not YAML/);
  });
});
