import type { UsageCounts } from '../domain/usage';
import { countAt, sumKnown, toCount, toObject, valueAt } from './payload';
import type { JsonObject } from './payload';

/** One form in which providers report usage. The first shape that recognises an object reads it. */
export interface UsageShape {
  readonly name: string;
  /** @param provider canonical provider name, or empty. */
  recognises(usage: JsonObject, provider: string): boolean;
  read(usage: JsonObject, provider: string): UsageCounts;
  /** The provider's own sum, to check against. */
  total?(usage: JsonObject): number | undefined;
}

/** Anthropic Messages, and those who copy it: input excludes what the cache served and kept. */
const anthropic: UsageShape = {
  name: 'anthropic',
  recognises: (usage, provider) =>
    'input_tokens' in usage &&
    !('input_tokens_details' in usage) &&
    !('input_token_details' in usage) &&
    ('cache_read_input_tokens' in usage || 'cache_creation_input_tokens' in usage || provider === 'anthropic'),
  read: (usage) => ({
    uncached: countAt(usage, ['input_tokens']),
    cacheRead: countAt(usage, ['cache_read_input_tokens']),
    cacheWrite: countAt(usage, ['cache_creation_input_tokens']),
    cacheWrite5m: countAt(usage, ['cache_creation', 'ephemeral_5m_input_tokens']),
    cacheWrite1h: countAt(usage, ['cache_creation', 'ephemeral_1h_input_tokens']),
    output: countAt(usage, ['output_tokens']),
    reasoning: countAt(usage, ['output_tokens_details', 'thinking_tokens']),
    units: knownUnits({ web_searches: countAt(usage, ['server_tool_use', 'web_search_requests']) }),
  }),
};

/** Input that Vercel AI SDK 6 splits by cache. */
const vercelSplit: UsageShape = {
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

/** Cursor's usage events: input excludes both caches. */
const cursor: UsageShape = {
  name: 'cursor',
  recognises: (usage) => 'cacheWriteTokens' in usage && 'cacheReadTokens' in usage && 'inputTokens' in usage,
  read: (usage) => ({
    uncached: countAt(usage, ['inputTokens']),
    cacheRead: countAt(usage, ['cacheReadTokens']),
    cacheWrite: countAt(usage, ['cacheWriteTokens']),
    output: countAt(usage, ['outputTokens']),
  }),
};

/** Bedrock Converse: input excludes both caches. */
const bedrock: UsageShape = {
  name: 'bedrock-converse',
  recognises: (usage, provider) =>
    'inputTokens' in usage &&
    ('cacheReadInputTokens' in usage ||
      'cacheReadInputTokenCount' in usage ||
      'cacheWriteInputTokens' in usage ||
      provider === 'aws.bedrock'),
  read: (usage) => ({
    uncached: countAt(usage, ['inputTokens']),
    cacheRead: countAt(usage, ['cacheReadInputTokens'], ['cacheReadInputTokenCount']),
    cacheWrite: countAt(usage, ['cacheWriteInputTokens'], ['cacheWriteInputTokenCount']),
    output: countAt(usage, ['outputTokens']),
  }),
};

/** Vercel AI SDK 4 and 5: input includes what the cache served. */
const vercel: UsageShape = {
  name: 'vercel-ai',
  recognises: (usage) => 'inputTokens' in usage || 'promptTokens' in usage,
  read: (usage) => ({
    input: countAt(usage, ['inputTokens'], ['promptTokens']),
    cacheRead: countAt(usage, ['cachedInputTokens'], ['inputTokenDetails', 'cacheReadTokens']),
    cacheWrite: countAt(usage, ['inputTokenDetails', 'cacheWriteTokens']),
    output: countAt(usage, ['outputTokens'], ['completionTokens']),
    reasoning: countAt(usage, ['reasoningTokens'], ['outputTokenDetails', 'reasoningTokens']),
  }),
  total: (usage) => countAt(usage, ['totalTokens']),
};

/** OpenAI Responses, Images and Realtime: input includes the cached, output the reasoning. */
const openaiResponses: UsageShape = {
  name: 'openai-responses',
  recognises: (usage) =>
    ['input_tokens', 'output_tokens', 'input_token_details', 'output_token_details'].some((key) => key in usage),
  read: (usage) => {
    const input = toObject(usage['input_tokens_details']) ?? toObject(usage['input_token_details']);
    const output = toObject(usage['output_tokens_details']) ?? toObject(usage['output_token_details']);
    return {
      input: countAt(usage, ['input_tokens']),
      cacheRead:
        countAt(input, ['cached_tokens'], ['cache_read']) ??
        countAt(usage, ['cache_read_input_tokens'], ['cached_tokens']),
      cacheWrite:
        countAt(input, ['cache_write_tokens'], ['cache_creation']) ?? countAt(usage, ['cache_creation_input_tokens']),
      output: countAt(usage, ['output_tokens']),
      reasoning: countAt(output, ['reasoning_tokens'], ['thinking_tokens'], ['reasoning']),
      units: knownUnits({
        input_text_tokens: countAt(input, ['text_tokens']),
        input_audio_tokens: countAt(input, ['audio_tokens'], ['audio']),
        input_image_tokens: countAt(input, ['image_tokens']),
        cache_text_read_tokens: countAt(input, ['cached_tokens_details', 'text_tokens']),
        cache_audio_read_tokens: countAt(input, ['cached_tokens_details', 'audio_tokens']),
        cache_image_read_tokens: countAt(input, ['cached_tokens_details', 'image_tokens']),
        output_text_tokens: countAt(output, ['text_tokens']),
        output_audio_tokens: countAt(output, ['audio_tokens']),
        output_image_tokens: countAt(output, ['image_tokens']),
        audio_seconds: countAt(usage, ['billable_audio_seconds']),
        input_text_messages: countAt(usage, ['input_text_messages']),
      }),
    };
  },
  total: (usage) => countAt(usage, ['total_tokens']),
};

/** OpenAI Chat Completions and the many who speak it, with what each of them adds. */
const openaiChat: UsageShape = {
  name: 'openai-chat',
  recognises: (usage) => 'prompt_tokens' in usage || 'completion_tokens' in usage,
  read: (usage, provider) => {
    const input = toObject(usage['prompt_tokens_details']) ?? toObject(usage['prompt_token_details']);
    const output = toObject(usage['completion_tokens_details']) ?? toObject(usage['completion_token_details']);
    const prompt = countAt(usage, ['prompt_tokens']);
    const completion = countAt(usage, ['completion_tokens']);
    const reasoning = countAt(output, ['reasoning_tokens']) ?? countAt(usage, ['reasoning_tokens']);
    const citation = countAt(usage, ['citation_tokens']);
    const cacheRead =
      countAt(input, ['cached_tokens']) ??
      countAt(
        usage,
        ['prompt_cache_hit_tokens'],
        ['cached_tokens'],
        ['num_cached_tokens'],
        ['cached_prompt_text_tokens'],
        ['cache_read_input_tokens'],
      );
    const cacheWrite =
      countAt(input, ['cache_write_tokens'], ['cache_creation_tokens']) ??
      countAt(usage, ['cache_creation_input_tokens']);
    const total = countAt(usage, ['total_tokens']);
    const base = (prompt ?? 0) + (completion ?? 0);
    const cached = (cacheRead ?? 0) + (cacheWrite ?? 0);
    const cacheApart = cached > 0 && total === base + cached && total !== base;
    const reasoningApart =
      provider === 'perplexity' ||
      (reasoning !== undefined &&
        reasoning > 0 &&
        total !== base &&
        (provider === 'x_ai' || total === base + reasoning));
    return {
      ...(cacheApart ? { uncached: prompt } : { input: prompt }),
      cacheRead,
      cacheWrite,
      output: sumKnown(
        completion,
        reasoningApart ? reasoning : undefined,
        provider === 'perplexity' ? citation : undefined,
      ),
      reasoning,
      units: knownUnits({
        input_audio_tokens: countAt(input, ['audio_tokens']),
        output_audio_tokens: countAt(output, ['audio_tokens']),
        output_citation_tokens: citation,
        web_searches:
          countAt(usage, ['num_search_queries']) ?? countAt(usage, ['server_tool_use', 'web_search_requests']),
      }),
    };
  },
};

const GEMINI_KEYS = [
  'promptTokenCount',
  'candidatesTokenCount',
  'cachedContentTokenCount',
  'thoughtsTokenCount',
  'toolUsePromptTokenCount',
  'totalTokenCount',
  'promptTokensDetails',
  'candidatesTokensDetails',
  'cacheTokensDetails',
  'toolUsePromptTokensDetails',
];

/** Gemini and Vertex: the prompt includes the cached content, thoughts and tool prompts stand beside. */
const gemini: UsageShape = {
  name: 'gemini',
  recognises: (usage) =>
    GEMINI_KEYS.some((key) => key in usage || toSnake(key) in usage) && !('generation_token_count' in usage),
  read: (usage) => {
    const count = (camel: string): number | undefined => countAt(usage, [camel], [toSnake(camel)]);
    const thoughts = count('thoughtsTokenCount');
    const tool = count('toolUsePromptTokenCount');
    const units: Record<string, number> = {};
    addModalities(units, usage, 'cacheTokensDetails', ['cache', 'read_tokens']);
    addModalities(units, usage, 'promptTokensDetails', ['input', 'tokens']);
    addModalities(units, usage, 'candidatesTokensDetails', ['output', 'tokens']);
    fillCacheModalities(units);
    addModalities(units, usage, 'toolUsePromptTokensDetails', ['input', 'tokens']);
    addModalities(units, usage, 'toolUsePromptTokensDetails', ['input', 'tool_tokens']);
    return {
      input: sumKnown(count('promptTokenCount'), tool),
      cacheRead: count('cachedContentTokenCount'),
      output: sumKnown(count('candidatesTokenCount') ?? count('responseTokenCount'), thoughts),
      reasoning: thoughts,
      units: knownUnits({ ...units, input_tool_tokens: tool }),
    };
  },
  total: (usage) => countAt(usage, ['totalTokenCount'], ['total_token_count']),
};

/** Gemini's Interactions API. */
const geminiInteractions: UsageShape = {
  name: 'gemini-interactions',
  recognises: (usage) => 'total_input_tokens' in usage || 'total_output_tokens' in usage,
  read: (usage) => {
    const thoughts = countAt(usage, ['total_reasoning_tokens'], ['total_thought_tokens']);
    return {
      input: sumKnown(countAt(usage, ['total_input_tokens']), countAt(usage, ['total_tool_use_tokens'])),
      cacheRead: countAt(usage, ['total_cached_tokens']),
      output: sumKnown(countAt(usage, ['total_output_tokens']), thoughts),
      reasoning: thoughts,
    };
  },
};

/** Cohere: what is billed counts, not what was consumed. */
const cohere: UsageShape = {
  name: 'cohere',
  recognises: (usage) => toObject(usage['billed_units']) !== undefined || toObject(usage['tokens']) !== undefined,
  read: (usage) => ({
    input: countAt(usage, ['billed_units', 'input_tokens'], ['tokens', 'input_tokens']),
    cacheRead: toObject(usage['billed_units']) === undefined ? countAt(usage, ['cached_tokens']) : undefined,
    output: countAt(usage, ['billed_units', 'output_tokens'], ['tokens', 'output_tokens']),
    units: knownUnits({ rerank_searches: countAt(usage, ['billed_units', 'search_units']) }),
  }),
};

/** Ollama's own API. */
const ollama: UsageShape = {
  name: 'ollama',
  recognises: (usage) => 'eval_count' in usage || 'prompt_eval_count' in usage,
  read: (usage) => ({ input: countAt(usage, ['prompt_eval_count']), output: countAt(usage, ['eval_count']) }),
};

/** Bedrock InvokeModel of Titan, Llama and others, and watsonx. */
const invokeModel: UsageShape = {
  name: 'invoke-model',
  recognises: (usage) =>
    ['inputTextTokenCount', 'generation_token_count', 'generated_token_count', 'inputTokenCount'].some(
      (key) => key in usage,
    ),
  read: (usage) => ({
    input: countAt(usage, ['inputTextTokenCount'], ['prompt_token_count'], ['input_token_count'], ['inputTokenCount']),
    output: countAt(
      usage,
      ['results', 0, 'tokenCount'],
      ['generation_token_count'],
      ['generated_token_count'],
      ['outputTokenCount'],
    ),
  }),
};

/** Mistral OCR counts pages. */
const ocr: UsageShape = {
  name: 'mistral-ocr',
  recognises: (usage) => 'pages_processed' in usage,
  read: (usage) => ({ units: knownUnits({ input_document_pages: countAt(usage, ['pages_processed']) }) }),
};

/** Embedding APIs that only say how many tokens in all. */
const totalOnly: UsageShape = {
  name: 'total-only',
  recognises: (usage) => 'total_tokens' in usage,
  read: (usage) => ({ input: countAt(usage, ['total_tokens']) }),
};

/** All shapes, the most telling first. */
export const usageShapes: readonly UsageShape[] = [
  vercelSplit,
  cursor,
  cohere,
  anthropic,
  bedrock,
  openaiResponses,
  openaiChat,
  gemini,
  geminiInteractions,
  invokeModel,
  ollama,
  vercel,
  ocr,
  totalOnly,
];

function knownUnits(units: Readonly<Record<string, number | undefined>>): Record<string, number> | undefined {
  const known: Record<string, number> = {};
  for (const [name, count] of Object.entries(units)) if (count !== undefined) known[name] = count;
  return Object.keys(known).length === 0 ? undefined : known;
}

const MODALITY: Readonly<Record<string, string>> = {
  TEXT: 'text',
  AUDIO: 'audio',
  IMAGE: 'image',
  DOCUMENT: 'image',
  VIDEO: 'video',
};

/** Adds a list of `{ modality, tokenCount }` to units named `<before>_<modality>_<after>`. */
function addModalities(
  units: Record<string, number>,
  usage: JsonObject,
  key: string,
  [before, after]: readonly [string, string],
): void {
  const list = valueAt(usage, key) ?? valueAt(usage, toSnake(key));
  if (!Array.isArray(list)) return;
  for (const entry of list) {
    const modality = MODALITY[String(valueAt(entry, 'modality')).toUpperCase()];
    const count = toCount(valueAt(entry, 'tokenCount') ?? valueAt(entry, 'token_count'));
    if (modality === undefined || count === undefined) continue;
    const name = `${before}_${modality}_${after}`;
    units[name] = (units[name] ?? 0) + count;
  }
}

/** Where the cached content is split by modality, a modality that the split leaves out had none cached. */
function fillCacheModalities(units: Record<string, number>): void {
  const modalities = ['text', 'audio', 'image', 'video'];
  if (!modalities.some((modality) => `cache_${modality}_read_tokens` in units)) return;
  for (const modality of modalities)
    if (`input_${modality}_tokens` in units) units[`cache_${modality}_read_tokens`] ??= 0;
}

function toSnake(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
