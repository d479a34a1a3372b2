import { countAt, sumKnown, textAt, toObject, valueAt } from '../payload';
import type { JsonObject } from '../payload';
import { hasAny } from './shape';
import type { UsageShape } from './shape';

/** PaLM on Vertex, whose price went by characters: its tokens stand in the metadata. */
export const palm: UsageShape = {
  name: 'palm',
  recognises: (usage) => toObject(usage['tokenMetadata']) !== undefined,
  read: (usage) => ({
    input: countAt(usage, ['tokenMetadata', 'inputTokenCount', 'totalTokens']),
    output: countAt(usage, ['tokenMetadata', 'outputTokenCount', 'totalTokens']),
  }),
};

/** Aleph Alpha. */
export const alephAlpha: UsageShape = {
  name: 'aleph-alpha',
  recognises: (usage) => hasAny(usage, 'num_tokens_prompt_total', 'num_tokens_generated'),
  read: (usage) => ({
    input: countAt(usage, ['num_tokens_prompt_total']),
    output: countAt(usage, ['num_tokens_generated']),
  }),
};

/** AI21's Jurassic gives the tokens themselves, not their number. */
export const jurassic: UsageShape = {
  name: 'ai21-jurassic',
  recognises: (usage) => Array.isArray(valueAt(usage, 'prompt', 'tokens')) && Array.isArray(usage['completions']),
  read: (usage) => ({
    input: lengthOf(valueAt(usage, 'prompt', 'tokens')),
    output: sumKnown(...listOf(usage['completions']).map((each) => lengthOf(valueAt(each, 'data', 'tokens')))),
  }),
};

/** Meta's Llama API gives a list of named figures. */
export const llamaApi: UsageShape = {
  name: 'llama-api',
  recognises: (usage) => figureOf(usage, 'num_prompt_tokens') !== undefined,
  read: (usage) => ({
    input: figureOf(usage, 'num_prompt_tokens'),
    output: figureOf(usage, 'num_completion_tokens'),
  }),
  total: (usage) => figureOf(usage, 'num_total_tokens'),
};

/** Cohere before its billed units. */
export const cohereTokenCount: UsageShape = {
  name: 'cohere-token-count',
  recognises: (usage) => 'response_tokens' in usage && 'prompt_tokens' in usage,
  read: (usage) => ({ input: countAt(usage, ['prompt_tokens']), output: countAt(usage, ['response_tokens']) }),
  total: (usage) => countAt(usage, ['total_tokens']),
};

/** llama.cpp's timings: what the cache served was not evaluated and is counted apart. */
export const llamaTimings: UsageShape = {
  name: 'llama-timings',
  recognises: (usage) => hasAny(usage, 'prompt_n', 'predicted_n'),
  read: (usage) => ({
    uncached: countAt(usage, ['prompt_n']),
    cacheRead: countAt(usage, ['cache_n']),
    output: countAt(usage, ['predicted_n']),
  }),
};

/** Gemini's and Vertex' embeddings: one count per text, beside each vector or each prediction. */
export const googleEmbeddings: UsageShape = {
  name: 'vertex-embeddings',
  recognises: (usage) => countsPerText(usage).length > 0,
  read: (usage) => ({ input: sumKnown(...countsPerText(usage)) }),
};

function countsPerText(usage: JsonObject): (number | undefined)[] {
  const entries = [
    ...listOf(usage['predictions']).map((entry) => valueAt(entry, 'embeddings')),
    ...listOf(usage['embeddings']),
  ];
  return entries
    .filter((entry) => valueAt(entry, 'statistics') !== undefined)
    .map((entry) => countAt(entry, ['statistics', 'token_count'], ['statistics', 'tokenCount']));
}

function figureOf(usage: JsonObject, name: string): number | undefined {
  return countAt(
    listOf(usage['metrics']).find((entry) => textAt(entry, 'metric') === name),
    ['value'],
  );
}

function lengthOf(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
