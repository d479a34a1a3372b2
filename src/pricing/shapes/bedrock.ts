import { countAt, textAt, valueAt } from '../payload';
import type { JsonObject } from '../payload';
import { hasAny } from './shape';
import type { UsageShape } from './shape';

/** Bedrock Converse: input excludes both caches. */
export const bedrock: UsageShape = {
  name: 'bedrock-converse',
  recognises: (usage, provider) =>
    'inputTokens' in usage &&
    (provider === 'aws.bedrock' ||
      hasAny(
        usage,
        'cacheReadInputTokens',
        'cacheReadInputTokenCount',
        'cacheWriteInputTokens',
        'cacheWriteInputTokenCount',
      )),
  read: (usage) => ({
    uncached: countAt(usage, ['inputTokens']),
    cacheRead: countAt(usage, ['cacheReadInputTokens'], ['cacheReadInputTokenCount']),
    cacheWrite: countAt(usage, ['cacheWriteInputTokens'], ['cacheWriteInputTokenCount']),
    cacheWrite5m: writtenFor(usage, '5m'),
    cacheWrite1h: writtenFor(usage, '1h'),
    output: countAt(usage, ['outputTokens']),
  }),
};

const INVOKE_KEYS = [
  'inputTextTokenCount',
  'generation_token_count',
  'generated_token_count',
  'inputTokenCount',
  'input_token_count',
  'x-amzn-bedrock-input-token-count',
];

/** Bedrock InvokeModel of Titan, Llama and others, its response headers and stream metrics; watsonx; Replicate. */
export const invokeModel: UsageShape = {
  name: 'invoke-model',
  recognises: (usage) => hasAny(usage, ...INVOKE_KEYS),
  read: (usage) => ({
    input: countAt(
      usage,
      ['inputTextTokenCount'],
      ['prompt_token_count'],
      ['input_token_count'],
      ['inputTokenCount'],
      ['x-amzn-bedrock-input-token-count'],
    ),
    output: countAt(
      usage,
      ['results', 0, 'tokenCount'],
      ['generation_token_count'],
      ['generated_token_count'],
      ['output_token_count'],
      ['outputTokenCount'],
      ['x-amzn-bedrock-output-token-count'],
    ),
  }),
};

/** `cacheDetails`: what was written, by how long it is kept. */
function writtenFor(usage: JsonObject, ttl: string): number | undefined {
  const details = valueAt(usage, 'cacheDetails');
  if (!Array.isArray(details)) return undefined;
  return countAt(
    details.find((entry) => textAt(entry, 'ttl') === ttl),
    ['inputTokens'],
  );
}
