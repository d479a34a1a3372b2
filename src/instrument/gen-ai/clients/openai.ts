import { normalizeUsage } from '../../../pricing';
import { isRecord, observeClient, serverOf } from './observe-call';
import { toMessages, toText } from './content';
import type { Inference } from '../inference';
import type { InferenceRequest } from '../inference-types';

type Json = Readonly<Record<string, unknown>>;

/** Providers whose endpoints speak the same interface, by host. */
const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/\.openai\.azure\.com$/, 'azure.ai.openai'],
  [/(^|\.)groq\.com$/, 'groq'],
  [/(^|\.)deepseek\.com$/, 'deepseek'],
  [/(^|\.)mistral\.ai$/, 'mistral_ai'],
  [/(^|\.)x\.ai$/, 'x_ai'],
  [/(^|\.)perplexity\.ai$/, 'perplexity'],
  [/(^|\.)moonshot\.(cn|ai)$/, 'moonshot_ai'],
];

/**
 * Observes the model calls of an `openai` client (chat completions, responses, completions, embeddings), streamed ones
 * too, and gives the client back. A stream reports its tokens only where the request asks for
 * `stream_options: { include_usage: true }`.
 */
export function instrumentOpenAi<C extends object>(client: C, options: { readonly provider?: string } = {}): C {
  const server = serverOf(client);
  const host = server.serverAddress ?? '';
  const provider = options.provider ?? HOSTS.find(([pattern]) => pattern.test(host))?.[1] ?? 'openai';
  observeClient(client, { provider, ...server }, [
    { path: ['chat', 'completions', 'create'], request: chatRequest, answer: completion, event: chunk },
    { path: ['completions', 'create'], request: textRequest, answer: completion, event: chunk },
    { path: ['responses', 'create'], request: responsesRequest, answer: response, event: responseEvent },
    { path: ['embeddings', 'create'], request: embeddingsRequest, answer: completion, event: chunk },
  ]);
  return client;
}

function common(body: Json, operation: NonNullable<InferenceRequest['operation']>): Partial<InferenceRequest> {
  const { model, temperature, top_p, seed, n, frequency_penalty, presence_penalty, stop } = body;
  const limit = body['max_completion_tokens'] ?? body['max_output_tokens'] ?? body['max_tokens'];
  const effort = body['reasoning_effort'] ?? (isRecord(body['reasoning']) ? body['reasoning']['effort'] : undefined);
  return {
    operation,
    ...(typeof model === 'string' ? { model } : {}),
    ...(body['stream'] === true ? { stream: true } : {}),
    ...(typeof limit === 'number' ? { maxTokens: limit } : {}),
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof top_p === 'number' ? { topP: top_p } : {}),
    ...(typeof seed === 'number' ? { seed } : {}),
    ...(typeof n === 'number' ? { choiceCount: n } : {}),
    ...(typeof frequency_penalty === 'number' ? { frequencyPenalty: frequency_penalty } : {}),
    ...(typeof presence_penalty === 'number' ? { presencePenalty: presence_penalty } : {}),
    ...(stop === undefined || stop === null
      ? {}
      : { stopSequences: Array.isArray(stop) ? stop.map(String) : [String(stop)] }),
    ...(typeof effort === 'string' ? { reasoningLevel: effort } : {}),
    ...(body['tools'] === undefined ? {} : { toolDefinitions: body['tools'] }),
  };
}

function chatRequest(body: Json): Partial<InferenceRequest> {
  return {
    ...common(body, 'chat'),
    ...(body['messages'] === undefined ? {} : { messages: toMessages(body['messages']) }),
    attributes: { 'openai.api.type': 'chat_completions' },
  };
}

function textRequest(body: Json): Partial<InferenceRequest> {
  return { ...common(body, 'text_completion'), messages: toMessages([{ role: 'user', content: body['prompt'] }]) };
}

function responsesRequest(body: Json): Partial<InferenceRequest> {
  return {
    ...common(body, 'chat'),
    messages: toMessages(body['input']),
    ...(body['instructions'] === undefined ? {} : { systemInstructions: toText(body['instructions']) }),
    attributes: { 'openai.api.type': 'responses' },
  };
}

function embeddingsRequest(body: Json): Partial<InferenceRequest> {
  return common(body, 'embeddings');
}

function completion(inference: Inference, body: Json): void {
  const { id, model, choices, system_fingerprint, service_tier } = body;
  const list = Array.isArray(choices) ? choices.filter(isRecord) : [];
  const reasons = list.map((choice) => choice['finish_reason']).filter((reason) => typeof reason === 'string');
  const messages = list.map((choice) => choice['message']).filter(isRecord);
  inference.response({
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(reasons.length === 0 ? {} : { finishReasons: reasons }),
    ...(messages.length === 0 ? {} : { messages: toMessages(messages) }),
    attributes: {
      ...(typeof system_fingerprint === 'string' ? { 'openai.response.system_fingerprint': system_fingerprint } : {}),
      ...(typeof service_tier === 'string' ? { 'openai.response.service_tier': service_tier } : {}),
    },
    ...(isRecord(body['usage']) ? { usage: normalizeUsage('openai', body).usage } : {}),
  });
}

function chunk(inference: Inference, body: Json): void {
  const { id, model, choices } = body;
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  inference.response({
    ...(typeof id === 'string' && id !== '' ? { id } : {}),
    ...(typeof model === 'string' && model !== '' ? { model } : {}),
    ...(isRecord(first) && typeof first['finish_reason'] === 'string'
      ? { finishReasons: [first['finish_reason']] }
      : {}),
    ...(isRecord(body['usage']) ? { usage: normalizeUsage('openai', body).usage } : {}),
  });
  if (isRecord(first) && hasContent(first['delta'] ?? first['text'])) inference.firstToken();
}

function hasContent(delta: unknown): boolean {
  if (typeof delta === 'string') return delta !== '';
  if (!isRecord(delta)) return false;
  const { content, tool_calls } = delta;
  return (typeof content === 'string' && content !== '') || (Array.isArray(tool_calls) && tool_calls.length > 0);
}

function response(inference: Inference, body: Json): void {
  const { id, model, status } = body;
  const details = body['incomplete_details'];
  const reason = isRecord(details) && typeof details['reason'] === 'string' ? details['reason'] : status;
  inference.response({
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(typeof reason === 'string' ? { finishReasons: [reason] } : {}),
    ...(body['output'] === undefined ? {} : { messages: toMessages(body['output']) }),
    ...(isRecord(body['usage']) ? { usage: normalizeUsage('openai', body).usage } : {}),
  });
}

function responseEvent(inference: Inference, event: Json): void {
  const { type } = event;
  if (typeof type !== 'string') return;
  if (type.endsWith('.delta')) inference.firstToken();
  if (isRecord(event['response']) && /^response\.(completed|incomplete|failed)$/.test(type)) {
    response(inference, event['response']);
  }
}
