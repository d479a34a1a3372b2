import { calcPrice, extractUsage, findProvider } from '@pydantic/genai-prices';
import { normalizeUsage } from './normalize-usage';
import { toPriceUnits } from './price-list';
import { usageAndPrice } from './price-of';

const AT = Date.UTC(2026, 5, 1, 12);

const openaiUsage = {
  prompt_tokens: 1000,
  completion_tokens: 500,
  total_tokens: 1500,
  prompt_tokens_details: { cached_tokens: 600 },
  completion_tokens_details: { reasoning_tokens: 180 },
};

test.each([
  [
    'Anthropic excludes caches from input',
    'anthropic',
    {
      model: 'claude-sonnet-4-20250514',
      usage: {
        input_tokens: 4,
        cache_creation_input_tokens: 3827,
        cache_read_input_tokens: 11829,
        cache_creation: { ephemeral_5m_input_tokens: 3800, ephemeral_1h_input_tokens: 27 },
        output_tokens: 87,
      },
    },
    { input: 15660, uncached: 4, cacheRead: 11829, cacheWrite: 3827, cacheWrite5m: 3800, cacheWrite1h: 27, output: 87 },
  ],
  ['bare Anthropic usage', 'anthropic', { input_tokens: 5, output_tokens: 7 }, { input: 5, uncached: 5, output: 7 }],
  [
    'OpenAI chat includes cached and reasoning',
    'openai',
    {
      usage: {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 30 },
      },
    },
    { input: 100, uncached: 40, cacheRead: 60, output: 50, reasoning: 30, units: { input_audio_tokens: 0 } },
  ],
  [
    'OpenAI responses',
    'openai',
    {
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60 },
        output_tokens: 50,
        output_tokens_details: { reasoning_tokens: 30 },
        total_tokens: 150,
      },
    },
    { input: 100, uncached: 40, cacheRead: 60, output: 50, reasoning: 30 },
  ],
  [
    'DeepSeek names hits and misses',
    'deepseek',
    { usage: { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 } },
    { input: 100, uncached: 36, cacheRead: 64, output: 5 },
  ],
  [
    'Gemini keeps thoughts and tool prompts beside',
    'google',
    {
      modelVersion: 'gemini-2.5-pro',
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 20,
        candidatesTokenCount: 10,
        thoughtsTokenCount: 30,
        toolUsePromptTokenCount: 5,
        totalTokenCount: 145,
      },
    },
    { input: 105, uncached: 85, cacheRead: 20, output: 40, reasoning: 30, units: { input_tool_tokens: 5 } },
  ],
  [
    'Bedrock Converse excludes caches',
    'aws.bedrock',
    {
      usage: { inputTokens: 10, cacheReadInputTokens: 90, cacheWriteInputTokens: 0, outputTokens: 7, totalTokens: 107 },
    },
    { input: 100, uncached: 10, cacheRead: 90, cacheWrite: 0, output: 7 },
  ],
  [
    'Cohere: billed wins',
    'cohere',
    {
      usage: {
        billed_units: { input_tokens: 10, output_tokens: 20 },
        tokens: { input_tokens: 500, output_tokens: 21 },
        cached_tokens: 400,
      },
    },
    { input: 10, uncached: 10, output: 20 },
  ],
  [
    'xAI: reasoning beside completion',
    'xai',
    {
      usage: {
        prompt_tokens: 32,
        completion_tokens: 9,
        total_tokens: 135,
        prompt_tokens_details: { cached_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 94 },
      },
    },
    { input: 32, uncached: 26, cacheRead: 6, output: 103, reasoning: 94 },
  ],
  [
    'LiteLLM with Anthropic keys beside inclusive counts',
    'litellm',
    {
      usage: {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        cache_read_input_tokens: 80,
        cache_creation_input_tokens: 10,
      },
    },
    { input: 100, uncached: 10, cacheRead: 80, cacheWrite: 10, output: 5 },
  ],
  [
    'a proxy with exclusive counts, told by the total',
    'litellm',
    { usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 185, cache_read_input_tokens: 80 } },
    { input: 180, uncached: 100, cacheRead: 80, output: 5 },
  ],
  [
    'Ollama',
    'ollama',
    { model: 'llama3', prompt_eval_count: 26, eval_count: 290 },
    { input: 26, uncached: 26, output: 290 },
  ],
  [
    'Vercel AI SDK',
    'openai',
    { inputTokens: 100, outputTokens: 20, totalTokens: 120, reasoningTokens: 5, cachedInputTokens: 40 },
    { input: 100, uncached: 60, cacheRead: 40, output: 20, reasoning: 5 },
  ],
  [
    'LangChain',
    'anthropic',
    {
      usage_metadata: {
        input_tokens: 100,
        output_tokens: 20,
        total_tokens: 120,
        input_token_details: { cache_read: 60, cache_creation: 10 },
        output_token_details: { reasoning: 5 },
      },
    },
    { input: 100, uncached: 30, cacheRead: 60, cacheWrite: 10, output: 20, reasoning: 5 },
  ],
  [
    'numbers as text',
    'openai',
    { prompt_tokens: '12', completion_tokens: '3' },
    { input: 12, uncached: 12, output: 3 },
  ],
  ['null is unknown, not zero', 'openai', { prompt_tokens: 12, completion_tokens: null }, { input: 12, uncached: 12 }],
])('%s', (_name, provider, payload, want) => {
  const { usage, problems } = normalizeUsage(provider, payload);
  expect({ usage, problems }).toEqual({ usage: want, problems: [] });
});

test.each([
  ['null', null],
  ['a text', 'x'],
  ['an empty object', {}],
  ['a list', [1]],
  ['deep rubbish', { usage: { a: [] } }],
])('%s gives nothing known and says so', (_name, payload) => {
  expect(normalizeUsage('openai', payload)).toMatchObject({ usage: {}, shape: '', problems: ['no usage was found'] });
});

test('a total that does not add up is kept as a discrepancy', () => {
  const { problems } = normalizeUsage('openai', { prompt_tokens: 7, completion_tokens: 6, total_tokens: 50 });
  expect(problems).toEqual(["the provider's total is 50, but input and output are 13"]);
});

/** Bodies in each provider's form, with the catalogue's own name of the flavour. */
const bodies: readonly [string, string, string, unknown][] = [
  ['openai', 'openai', 'chat', openaiBody('gpt-5')],
  ['openai', 'openai', 'responses', responsesBody('gpt-5')],
  ['azure.ai.openai', 'azure', 'chat', openaiBody('gpt-4o')],
  ['mistral_ai', 'mistral', 'default', openaiBody('mistral-large-latest')],
  ['groq', 'groq', 'default', openaiBody('llama-3.3-70b-versatile')],
  ['deepseek', 'deepseek', 'chat', openaiBody('deepseek-chat')],
  ['openrouter', 'openrouter', 'chat', openaiBody('anthropic/claude-sonnet-4')],
  ['moonshot_ai', 'moonshotai', 'chat', openaiBody('kimi-k2-0905-preview')],
  ['x_ai', 'x-ai', 'chat', { ...openaiBody('grok-4'), usage: { ...openaiUsage, total_tokens: 1680 } }],
  ['anthropic', 'anthropic', 'default', anthropicBody('claude-opus-4-5-20251101')],
  ['gcp.vertex_ai', 'google', 'anthropic', anthropicBody('claude-sonnet-4-5')],
  ['aws.bedrock', 'aws', 'anthropic', anthropicBody('us.anthropic.claude-sonnet-4-20250514-v1:0')],
  [
    'aws.bedrock',
    'aws',
    'default',
    {
      model: 'amazon.nova-pro-v1:0',
      usage: { inputTokens: 100, cacheReadInputTokens: 900, cacheWriteInputTokens: 0, outputTokens: 70 },
    },
  ],
  [
    'gcp.gemini',
    'google',
    'default',
    {
      modelVersion: 'gemini-2.5-flash',
      usageMetadata: {
        promptTokenCount: 1000,
        cachedContentTokenCount: 200,
        candidatesTokenCount: 100,
        thoughtsTokenCount: 300,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 900 },
          { modality: 'AUDIO', tokenCount: 100 },
        ],
        cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 200 }],
        totalTokenCount: 1400,
      },
    },
  ],
  [
    'perplexity',
    'perplexity',
    'default',
    { model: 'sonar-pro', usage: { prompt_tokens: 10, completion_tokens: 20, num_search_queries: 2 } },
  ],
  [
    'cohere',
    'cohere',
    'default',
    { model: 'command-a-03-2025', usage: { billed_units: { input_tokens: 5, output_tokens: 9 } } },
  ],
];

test.each(bodies)('%s (%s, %s) agrees with the catalogue in tokens and price', (provider, id, flavour, body) => {
  const catalogue = findProvider({ providerId: id });
  if (catalogue === undefined) throw new Error(`no provider ${id}`);
  const theirs = extractUsage(catalogue, body, flavour);
  const ours = usageAndPrice(provider, body, AT);
  expect(toPriceUnits(ours.usage)).toEqual(expect.objectContaining(withoutZeroes(theirs.usage)));
  const price = calcPrice({ cache_audio_read_tokens: 0, ...theirs.usage }, theirs.model ?? '', {
    providerId: id,
    timestamp: new Date(AT),
  });
  expect(price).not.toBeNull();
  expect(ours.price).toMatchObject({ known: true, price: { usd: price?.total_price, catalog: 'genai-prices' } });
});

function openaiBody(model: string) {
  return { model, usage: openaiUsage };
}

function responsesBody(model: string) {
  return {
    model,
    usage: {
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 600 },
      output_tokens: 500,
      output_tokens_details: { reasoning_tokens: 180 },
    },
  };
}

function anthropicBody(model: string) {
  return {
    model,
    usage: {
      input_tokens: 100,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 300,
      output_tokens: 400,
    },
  };
}

function withoutZeroes(usage: Readonly<Record<string, number | undefined>>) {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== undefined && count !== 0));
}
