import { countAt, sumKnown, toCount, valueAt } from '../payload';
import type { JsonObject } from '../payload';
import { knownUnits } from './shape';
import type { UsageShape } from './shape';

const GEMINI_KEYS = [
  'promptTokenCount',
  'candidatesTokenCount',
  'responseTokenCount',
  'cachedContentTokenCount',
  'thoughtsTokenCount',
  'toolUsePromptTokenCount',
  'totalTokenCount',
];

/** Lists of counts by modality. Others have objects under names like these. */
const GEMINI_LISTS = [
  'promptTokensDetails',
  'candidatesTokensDetails',
  'cacheTokensDetails',
  'toolUsePromptTokensDetails',
];

/** Gemini and Vertex: the prompt includes the cached content, thoughts and tool prompts stand beside. */
export const gemini: UsageShape = {
  name: 'gemini',
  recognises: (usage) =>
    (GEMINI_KEYS.some((key) => key in usage || toSnake(key) in usage) ||
      GEMINI_LISTS.some((key) => Array.isArray(usage[key] ?? usage[toSnake(key)]))) &&
    !('generation_token_count' in usage),
  read: (usage) => {
    const count = (camel: string): number | undefined => countAt(usage, [camel], [toSnake(camel)]);
    const thoughts = count('thoughtsTokenCount');
    const tool = count('toolUsePromptTokenCount');
    const units: Record<string, number> = {};
    addModalities(units, usage, 'cacheTokensDetails', ['cache', 'read_tokens']);
    addModalities(units, usage, 'promptTokensDetails', ['input', 'tokens']);
    addModalities(units, usage, 'candidatesTokensDetails', ['output', 'tokens']);
    // The Live API's name for the same.
    addModalities(units, usage, 'responseTokensDetails', ['output', 'tokens']);
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
export const geminiInteractions: UsageShape = {
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
