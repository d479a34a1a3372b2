import { calcPrice, extractUsage, findProvider } from '@pydantic/genai-prices';
import type { Provider, UsageExtractor } from '@pydantic/genai-prices';
import { toPriceUnits } from './price-list';
import { usageAndPrice } from './price-of';

const AT = Date.UTC(2026, 5, 1, 12);

/** Every provider of the catalogue that says how its usage is read. */
const PROVIDERS = [
  ...['anthropic', 'arcee', 'aws', 'azure', 'baseten', 'cerebras', 'cloudflare', 'cohere', 'cursor', 'deepseek'],
  ...['doubleword', 'fireworks', 'github-copilot', 'google', 'groq', 'huggingface_cerebras', 'huggingface_groq'],
  ...['huggingface_hyperbolic', 'huggingface_nebius', 'huggingface_novita', 'huggingface_together', 'minimax'],
  ...['mistral', 'modal', 'moonshotai', 'openai', 'openrouter', 'ovhcloud', 'perplexity', 'quicksilverpro'],
  ...['typesafe', 'x-ai', 'zai', 'zhipuai'],
];

/** A body as that API sends it, by what its usage object must hold. */
const BODIES: Readonly<Record<string, (model: string) => unknown>> = {
  prompt_tokens: (model) => ({
    model,
    usage: {
      prompt_tokens: 1000,
      completion_tokens: 500,
      total_tokens: 1500,
      prompt_tokens_details: { cached_tokens: 600, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 180, audio_tokens: 0 },
    },
  }),
  input_tokens: (model) => ({
    model,
    usage: {
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 600 },
      output_tokens: 500,
      output_tokens_details: { reasoning_tokens: 180 },
    },
  }),
  cache_read_input_tokens: (model) => ({
    model,
    usage: {
      input_tokens: 100,
      cache_creation_input_tokens: 200_200,
      cache_read_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 200_200, ephemeral_1h_input_tokens: 0 },
      output_tokens: 400,
    },
  }),
  inputTokens: (model) => ({
    model,
    usage: { inputTokens: 100, cacheReadInputTokens: 900, cacheWriteInputTokens: 20, outputTokens: 70 },
  }),
  promptTokenCount: (model) => ({
    modelVersion: model,
    usageMetadata: {
      promptTokenCount: 201_000,
      cachedContentTokenCount: 200,
      candidatesTokenCount: 100,
      thoughtsTokenCount: 300,
      toolUsePromptTokenCount: 50,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 200_700 },
        { modality: 'AUDIO', tokenCount: 100 },
        { modality: 'IMAGE', tokenCount: 200 },
        { modality: 'VIDEO' },
      ],
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 200 }],
      toolUsePromptTokensDetails: [{ modality: 'TEXT', tokenCount: 50 }],
      totalTokenCount: 201_450,
    },
  }),
};

/** Bodies that have a form of their own. */
const OWN_BODIES: Readonly<Record<string, (model: string) => unknown>> = {
  'anthropic/default': (model) => ({
    model,
    usage: {
      input_tokens: 100,
      cache_creation_input_tokens: 200_200,
      cache_read_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 200_000, ephemeral_1h_input_tokens: 200 },
      output_tokens: 400,
      server_tool_use: { web_search_requests: 2 },
    },
  }),
  'anthropic/chat': plainChat,
  'baseten/anthropic': (model) => ({
    model,
    usage: { input_tokens: 100, cache_read_input_tokens: 300, output_tokens: 400 },
  }),
  'x-ai/default': (model) => ({
    model,
    usage: { prompt_tokens: 32, completion_tokens: 9, reasoning_tokens: 94, total_tokens: 135 },
  }),
  'x-ai/chat': (model) => ({
    model,
    usage: {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 94 },
    },
  }),
  'perplexity/default': (model) => ({
    model,
    usage: { prompt_tokens: 10, completion_tokens: 20, reasoning_tokens: 7, citation_tokens: 3, num_search_queries: 2 },
  }),
  'cohere/default': (model) => ({ model, usage: { billed_units: { input_tokens: 5, output_tokens: 9 } } }),
  'cohere/tokens': (model) => ({ model, usage: { tokens: { input_tokens: 5, output_tokens: 9 }, cached_tokens: 2 } }),
  'cloudflare/default': (model) => ({ model, result: { usage: { prompt_tokens: 5, completion_tokens: 9 } } }),
  'cursor/usage-event': (model) => ({
    model,
    tokenUsage: { inputTokens: 10, outputTokens: 20, cacheReadTokens: 300, cacheWriteTokens: 40 },
  }),
  'cerebras/chat': plainChat,
  'openai/images': (model) => ({
    model,
    usage: {
      input_tokens: 50,
      output_tokens: 60,
      input_tokens_details: { text_tokens: 10, image_tokens: 40 },
      output_tokens_details: { text_tokens: 0, image_tokens: 60 },
    },
  }),
  'openai/realtime': realtimeBody,
  'azure/realtime': realtimeBody,
};

const flavours = PROVIDERS.flatMap((id) => {
  const provider = findProvider({ providerId: id });
  if (provider === undefined) throw new Error(`the catalogue has no provider ${id}`);
  return (provider.extractors ?? []).flatMap((extractor) => {
    const body = OWN_BODIES[`${id}/${extractor.api_flavor}`] ?? bodyFor(extractor);
    return body === undefined ? [] : [{ id, flavour: extractor.api_flavor, provider, body }];
  });
});

test('there is a body for most APIs', () => {
  expect(flavours.length).toBeGreaterThan(60);
});

test.each(flavours)('$id ($flavour): the catalogue reads and prices the same, model by model', (each) => {
  const { id, flavour, provider, body } = each;
  for (const model of [...modelsOf(provider), 'no-such-model']) {
    const sent = body(model);
    const theirs = extractUsage(provider, sent, flavour);
    const ours = usageAndPrice(id, sent, AT);
    expect({ model, ...toPriceUnits(ours.usage) }).toEqual(
      expect.objectContaining({ model, ...withoutZeroes(theirs.usage) }),
    );
    const price = priceOrNothing(theirs.usage, theirs.model ?? '', id);
    if (price === undefined) continue;
    expect({ model, price: ours.price }).toMatchObject({ model, price: { known: price !== null } });
    if (price === null || !ours.price.known) continue;
    const { usd, inputUsd, outputUsd } = ours.price.price;
    expect({ model, usd, inputUsd, outputUsd }).toEqual({
      model,
      usd: expect.closeTo(price.total_price, 12),
      inputUsd: expect.closeTo(price.input_price, 12),
      outputUsd: expect.closeTo(price.output_price, 12),
    });
  }
});

function bodyFor(extractor: UsageExtractor): ((model: string) => unknown) | undefined {
  if (['embeddings', 'ocr', 'ocr_annotated', 'realtime', 'images'].includes(extractor.api_flavor)) return undefined;
  const keys = extractor.mappings.map(({ path }) => (typeof path === 'string' ? path : ''));
  const known = ['cache_read_input_tokens', 'promptTokenCount', 'inputTokens', 'prompt_tokens', 'input_tokens'];
  const key = known.find((name) => keys.includes(name));
  return key === undefined ? undefined : BODIES[key];
}

function plainChat(model: string) {
  return { model, usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 } };
}

function realtimeBody(model: string) {
  return {
    response: {
      model,
      usage: {
        input_tokens: 200,
        output_tokens: 100,
        input_token_details: {
          cached_tokens: 64,
          text_tokens: 120,
          audio_tokens: 80,
          image_tokens: 0,
          cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
        },
        output_token_details: { text_tokens: 30, audio_tokens: 70 },
      },
    },
  };
}

/** Models of the provider's own list, and of those whose models it serves too. */
function modelsOf(provider: Provider): string[] {
  const others = (provider.fallback_model_providers ?? []).map((providerId) => findProvider({ providerId }));
  return [provider, ...others].flatMap((each) => (each?.models ?? []).map(({ id }) => id));
}

/** Undefined where the catalogue reads no model, or reads too little for its own price. */
function priceOrNothing(usage: Readonly<Record<string, number | undefined>>, model: string, providerId: string) {
  try {
    return model === '' ? undefined : calcPrice({ ...usage }, model, { providerId, timestamp: new Date(AT) });
  } catch {
    return undefined;
  }
}

function withoutZeroes(usage: Readonly<Record<string, number | undefined>>) {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== undefined && count !== 0));
}
