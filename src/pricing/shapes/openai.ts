import { countAt, sumKnown, textAt, toObject } from '../payload';
import { hasAny, knownUnits } from './shape';
import type { UsageShape } from './shape';

/** Codex's own records: input includes the cached, output the reasoning. */
export const codex: UsageShape = {
  name: 'codex',
  recognises: (usage) => 'cached_input_tokens' in usage || 'reasoning_output_tokens' in usage,
  read: (usage) => ({
    input: countAt(usage, ['input_tokens']),
    cacheRead: countAt(usage, ['cached_input_tokens']),
    cacheWrite: countAt(usage, ['cache_write_input_tokens']),
    output: countAt(usage, ['output_tokens']),
    reasoning: countAt(usage, ['reasoning_output_tokens']),
  }),
  total: (usage) => countAt(usage, ['total_tokens']),
};

/**
 * OpenAI Responses, Images, Realtime and transcriptions, and those with the same names: DashScope, LangChain,
 * Pydantic AI. Input includes the cached, output the reasoning.
 */
export const openaiResponses: UsageShape = {
  name: 'openai-responses',
  recognises: (usage) =>
    hasAny(usage, 'input_tokens', 'output_tokens', 'input_token_details', 'output_token_details') ||
    textAt(usage, 'type') === 'duration' ||
    'billable_audio_seconds' in usage,
  read: (usage) => {
    const input =
      toObject(usage['input_tokens_details']) ??
      toObject(usage['input_token_details']) ??
      toObject(usage['prompt_tokens_details']);
    const output = toObject(usage['output_tokens_details']) ?? toObject(usage['output_token_details']);
    const transcribed = textAt(usage, 'type') === 'duration' ? countAt(usage, ['seconds']) : undefined;
    const written = countAt(usage, ['output_tokens']);
    const reasoning =
      countAt(output, ['reasoning_tokens'], ['thinking_tokens'], ['reasoning']) ??
      countAt(usage, ['details', 'reasoning_tokens']);
    // Who keeps reasoning beside output has a total that includes both.
    const reasoningApart =
      (reasoning ?? 0) > 0 &&
      countAt(usage, ['total_tokens']) === (countAt(usage, ['input_tokens']) ?? 0) + (written ?? 0) + (reasoning ?? 0);
    return {
      input: countAt(usage, ['input_tokens']),
      cacheRead:
        countAt(input, ['cached_tokens'], ['cache_read']) ??
        countAt(usage, ['cache_read_input_tokens'], ['cache_read_tokens'], ['cached_tokens'], ['input_cached_tokens']),
      cacheWrite:
        countAt(input, ['cache_write_tokens'], ['cache_creation_input_tokens'], ['cache_creation']) ??
        countAt(usage, ['cache_creation_input_tokens'], ['cache_write_tokens']),
      output: reasoningApart ? sumKnown(written, reasoning) : written,
      reasoning,
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
        audio_seconds: countAt(usage, ['billable_audio_seconds']) ?? transcribed,
        input_audio_seconds: transcribed,
        input_text_messages: countAt(usage, ['input_text_messages']),
      }),
    };
  },
  total: (usage) => countAt(usage, ['total_tokens']),
};

/** OpenAI Chat Completions and the many who speak it, with what each of them adds. */
export const openaiChat: UsageShape = {
  name: 'openai-chat',
  recognises: (usage) => hasAny(usage, 'prompt_tokens', 'completion_tokens'),
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
      countAt(input, ['cache_write_tokens'], ['cache_creation_tokens'], ['cache_creation_input_tokens']) ??
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
      // LiteLLM's split of Anthropic's cache writes.
      cacheWrite5m: countAt(input, ['cache_creation_token_details', 'ephemeral_5m_input_tokens']),
      cacheWrite1h: countAt(input, ['cache_creation_token_details', 'ephemeral_1h_input_tokens']),
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
        audio_seconds: countAt(usage, ['prompt_audio_seconds']),
        input_audio_seconds: countAt(usage, ['prompt_audio_seconds']),
        web_searches:
          countAt(usage, ['num_search_queries']) ?? countAt(usage, ['server_tool_use', 'web_search_requests']),
      }),
    };
  },
  // Perplexity's total leaves out what it searched and thought.
  total: (usage, provider) => (provider === 'perplexity' ? undefined : countAt(usage, ['total_tokens'])),
};
