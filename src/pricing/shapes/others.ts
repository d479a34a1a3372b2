import { countAt, toObject, valueAt } from '../payload';
import { hasAny, knownUnits } from './shape';
import type { UsageShape } from './shape';

/** Input that Vercel AI SDK 6 splits by cache. */
export const vercelSplit: UsageShape = {
  name: 'vercel-ai-split',
  recognises: (usage) => toObject(usage['inputTokens']) !== undefined,
  read: (usage) => ({
    input: countAt(usage, ['inputTokens', 'total']),
    uncached: countAt(usage, ['inputTokens', 'noCache']),
    cacheRead: countAt(usage, ['inputTokens', 'cacheRead']),
    cacheWrite: countAt(usage, ['inputTokens', 'cacheWrite']),
    output: countAt(usage, ['outputTokens', 'total']),
    reasoning: countAt(usage, ['outputTokens', 'reasoning']),
  }),
};

/** Vercel AI SDK 4 and 5, and SDKs that spell OpenAI's names in camel case: input includes what the cache served. */
export const vercel: UsageShape = {
  name: 'vercel-ai',
  recognises: (usage) => hasAny(usage, 'inputTokens', 'promptTokens'),
  read: (usage) => ({
    input: countAt(usage, ['inputTokens'], ['promptTokens']),
    cacheRead: countAt(
      usage,
      ['cachedInputTokens'],
      ['inputTokenDetails', 'cacheReadTokens'],
      ['promptTokensDetails', 'cachedTokens'],
      ['inputTokensDetails', 'cachedTokens'],
    ),
    cacheWrite: countAt(
      usage,
      ['inputTokenDetails', 'cacheWriteTokens'],
      ['promptTokensDetails', 'cacheWriteTokens'],
      ['inputTokensDetails', 'cacheWriteTokens'],
    ),
    output: countAt(usage, ['outputTokens'], ['completionTokens']),
    reasoning: countAt(
      usage,
      ['reasoningTokens'],
      ['outputTokenDetails', 'reasoningTokens'],
      ['completionTokensDetails', 'reasoningTokens'],
      ['outputTokensDetails', 'reasoningTokens'],
    ),
    units: knownUnits({
      input_audio_tokens: countAt(usage, ['promptTokensDetails', 'audioTokens']),
      output_audio_tokens: countAt(usage, ['completionTokensDetails', 'audioTokens']),
    }),
  }),
  total: (usage) => countAt(usage, ['totalTokens']),
};

/** Cursor's usage events: input excludes both caches. */
export const cursor: UsageShape = {
  name: 'cursor',
  recognises: (usage) => 'cacheWriteTokens' in usage && 'cacheReadTokens' in usage && 'inputTokens' in usage,
  read: (usage) => ({
    uncached: countAt(usage, ['inputTokens']),
    cacheRead: countAt(usage, ['cacheReadTokens']),
    cacheWrite: countAt(usage, ['cacheWriteTokens']),
    output: countAt(usage, ['outputTokens']),
  }),
};

/** OpenRouter's generation endpoint: what the model's own tokenizer counted is what is billed. */
export const openrouterGeneration: UsageShape = {
  name: 'openrouter-generation',
  recognises: (usage) => 'native_tokens_prompt' in usage || 'tokens_prompt' in usage,
  read: (usage) => ({
    input: countAt(usage, ['native_tokens_prompt'], ['tokens_prompt']),
    cacheRead: countAt(usage, ['native_tokens_cached']),
    output: countAt(usage, ['native_tokens_completion'], ['tokens_completion']),
    reasoning: countAt(usage, ['native_tokens_reasoning']),
  }),
};

/** Cohere: what is billed counts, not what was consumed. */
export const cohere: UsageShape = {
  name: 'cohere',
  recognises: (usage) => toObject(usage['billed_units']) !== undefined || toObject(usage['tokens']) !== undefined,
  read: (usage) => ({
    input: countAt(usage, ['billed_units', 'input_tokens'], ['tokens', 'input_tokens']),
    cacheRead: toObject(usage['billed_units']) === undefined ? countAt(usage, ['cached_tokens']) : undefined,
    output: countAt(usage, ['billed_units', 'output_tokens'], ['tokens', 'output_tokens']),
    units: knownUnits({ rerank_searches: countAt(usage, ['billed_units', 'search_units']) }),
  }),
};

/** Ollama's own API, and llama.cpp's. */
export const ollama: UsageShape = {
  name: 'ollama',
  recognises: (usage) => hasAny(usage, 'eval_count', 'prompt_eval_count', 'tokens_evaluated', 'tokens_predicted'),
  read: (usage) => ({
    input: countAt(usage, ['prompt_eval_count'], ['tokens_evaluated']),
    output: countAt(usage, ['eval_count'], ['tokens_predicted']),
  }),
};

/** Pydantic AI before its first version: a request's and a response's tokens. */
export const requestResponse: UsageShape = {
  name: 'request-response',
  recognises: (usage) => hasAny(usage, 'request_tokens', 'response_tokens'),
  read: (usage) => ({
    input: countAt(usage, ['request_tokens']),
    cacheRead: countAt(usage, ['details', 'cached_tokens'], ['details', 'cache_read_input_tokens']),
    cacheWrite: countAt(usage, ['details', 'cache_creation_input_tokens']),
    output: countAt(usage, ['response_tokens']),
    reasoning: countAt(usage, ['details', 'reasoning_tokens']),
  }),
  total: (usage) => countAt(usage, ['total_tokens']),
};

/** Hugging Face's text generation server: the prompt's tokens are a list. */
export const textGeneration: UsageShape = {
  name: 'text-generation',
  recognises: (usage) => 'generated_tokens' in usage,
  read: (usage) => {
    const prefill = valueAt(usage, 'prefill');
    return {
      // An empty list means that the details of the prompt were not asked for.
      input:
        Array.isArray(prefill) && prefill.length > 0
          ? prefill.length
          : countAt(usage, ['input_length'], ['prompt_tokens']),
      output: countAt(usage, ['generated_tokens']),
    };
  },
};

/** Mistral OCR counts pages. */
export const ocr: UsageShape = {
  name: 'mistral-ocr',
  recognises: (usage) => 'pages_processed' in usage,
  read: (usage) => ({ units: knownUnits({ input_document_pages: countAt(usage, ['pages_processed']) }) }),
};

/** Embedding APIs that only say how many tokens in all. */
export const totalOnly: UsageShape = {
  name: 'total-only',
  recognises: (usage) => 'total_tokens' in usage,
  read: (usage) => ({ input: countAt(usage, ['total_tokens']) }),
};
