import { normalizeUsage } from './normalize-usage';

test.each([
  ['null', null],
  ['a text', 'x'],
  ['an empty object', {}],
  ['a list', [1]],
  ['deep rubbish', { usage: { a: [] } }],
])('%s gives nothing known and says so', (_name, payload) => {
  expect(normalizeUsage('openai', payload)).toMatchObject({ usage: {}, shape: '', problems: ['no usage was found'] });
});

test.each([
  ['the standard tier', 'anthropic', { usage: { input_tokens: 1, output_tokens: 1, service_tier: 'standard' } }, ''],
  ['a batch', 'anthropic', { usage: { input_tokens: 1, output_tokens: 1, service_tier: 'batch' } }, 'batch'],
  [
    'fast mode in one country',
    'anthropic',
    { usage: { input_tokens: 1, output_tokens: 1, speed: 'fast', inference_geo: 'us' } },
    'fast+us',
  ],
  ['OpenAI flex', 'openai', { service_tier: 'flex', usage: { prompt_tokens: 1, completion_tokens: 1 } }, 'flex'],
  ['Vertex on demand', 'google', { usageMetadata: { promptTokenCount: 1, trafficType: 'ON_DEMAND' } }, ''],
  [
    'Vertex bought ahead',
    'google',
    { usageMetadata: { promptTokenCount: 1, trafficType: 'PROVISIONED_THROUGHPUT' } },
    'provisioned_throughput',
  ],
  ['Vertex flex', 'google', { usageMetadata: { promptTokenCount: 1, trafficType: 'ON_DEMAND_FLEX' } }, 'flex'],
])('%s', (_name, provider, payload, tier) => {
  expect(normalizeUsage(provider, payload).tier).toBe(tier);
});

test.each([
  [{ usage: { prompt_tokens: 1, completion_tokens: 1, cost: 0.95 } }, 0.95],
  [{ usage: { prompt_tokens: 1, completion_tokens: 1, cost: { total_cost: 0.6 } } }, 0.6],
  [{ usage: { prompt_tokens: 1, completion_tokens: 1, cost_in_usd_ticks: 123 } }, 1.23e-8],
  [{ usage: { inputTokens: 1 }, providerMetadata: { gateway: { cost: '0.0045' } } }, 0.0045],
  [{ response_cost: 0.07, usage: { prompt_tokens: 1, completion_tokens: 1 } }, 0.07],
  [{ total_cost_usd: 0.05, usage: { input_tokens: 1, output_tokens: 1 } }, 0.05],
  [{ usage: { prompt_tokens: 1, completion_tokens: 1 } }, undefined],
])('%j says it cost %p', (payload, cost) => {
  expect(normalizeUsage('', payload).reportedCostUsd).toBe(cost);
});

test('a total that does not add up is kept as a discrepancy', () => {
  const { problems } = normalizeUsage('openai', { prompt_tokens: 7, completion_tokens: 6, total_tokens: 50 });
  expect(problems).toEqual(["the provider's total is 50, but input and output are 13"]);
});
