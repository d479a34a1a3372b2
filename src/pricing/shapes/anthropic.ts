import type { UsageCounts } from '../../domain/usage';
import { countAt, sumKnown, textAt, valueAt } from '../payload';
import type { JsonObject } from '../payload';
import { hasAny, knownUnits } from './shape';
import type { UsageShape } from './shape';

/** Anthropic Messages, and those who copy it: input excludes what the cache served and kept. */
export const anthropic: UsageShape = {
  name: 'anthropic',
  recognises: (usage, provider) =>
    'uncached_input_tokens' in usage ||
    ('input_tokens' in usage &&
      !hasAny(usage, 'input_tokens_details', 'input_token_details', 'prompt_tokens_details') &&
      (provider === 'anthropic' ||
        // DashScope has the same names for parts of its input, and a total.
        (!(provider === 'alibaba' && 'total_tokens' in usage) &&
          hasAny(
            usage,
            'cache_read_input_tokens',
            'cache_creation_input_tokens',
            'cache_creation',
            'server_tool_use',
          )))),
  read: (usage) => {
    const parts = [usage, ...compactions(usage)].map(readCounts);
    const sum = (pick: (part: UsageCounts) => number | undefined): number | undefined => sumKnown(...parts.map(pick));
    return {
      uncached: sum((part) => part.uncached),
      cacheRead: sum((part) => part.cacheRead),
      cacheWrite: sum((part) => part.cacheWrite),
      cacheWrite5m: sum((part) => part.cacheWrite5m),
      cacheWrite1h: sum((part) => part.cacheWrite1h),
      output: sum((part) => part.output),
      reasoning: countAt(usage, ['output_tokens_details', 'thinking_tokens']),
      units: knownUnits({ web_searches: countAt(usage, ['server_tool_use', 'web_search_requests']) }),
    };
  },
};

/** The per-model sums of Claude Code's results and of its SDK: the same counts under camel-case names. */
export const claudeModelUsage: UsageShape = {
  name: 'claude-model-usage',
  recognises: (usage) => 'inputTokens' in usage && 'cacheCreationInputTokens' in usage,
  read: (usage) => ({
    uncached: countAt(usage, ['inputTokens']),
    cacheRead: countAt(usage, ['cacheReadInputTokens']),
    cacheWrite: countAt(usage, ['cacheCreationInputTokens']),
    output: countAt(usage, ['outputTokens']),
    units: knownUnits({ web_searches: countAt(usage, ['webSearchRequests']) }),
  }),
};

function readCounts(usage: JsonObject): UsageCounts {
  return {
    // The reports of the Admin API name it fully.
    uncached: countAt(usage, ['input_tokens'], ['uncached_input_tokens']),
    cacheRead: countAt(usage, ['cache_read_input_tokens']),
    cacheWrite: countAt(usage, ['cache_creation_input_tokens']),
    cacheWrite5m: countAt(usage, ['cache_creation', 'ephemeral_5m_input_tokens']),
    cacheWrite1h: countAt(usage, ['cache_creation', 'ephemeral_1h_input_tokens']),
    output: countAt(usage, ['output_tokens']),
  };
}

/**
 * What the server spent on summarising the conversation before it answered: billed, and not part of the counts at the
 * top. Source: Anthropic, "Compaction", usage.iterations.
 */
function compactions(usage: JsonObject): JsonObject[] {
  const iterations = valueAt(usage, 'iterations');
  return Array.isArray(iterations)
    ? iterations.filter((entry): entry is JsonObject => textAt(entry, 'type') === 'compaction')
    : [];
}
