import { PricesFileError } from './errors';
import { createPriceList } from './price-list';
import { readPricesFile } from './prices-file';
import { priceOf } from './price-of';

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

test('a provider without that model gives way to its maker', () => {
  expect(priceOf({ input: MILLION, output: 0 }, 'some-gateway', 'gpt-4o', AT)).toMatchObject({
    known: true,
    price: { provider: 'openai', usd: 2.5 },
  });
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
