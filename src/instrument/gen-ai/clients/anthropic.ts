import { normalizeUsage } from '../../../pricing';
import { isRecord, observeClient, serverOf } from './observe-call';
import { toMessages, toText } from './content';
import type { ClientMethod } from './observe-call';
import type { Inference } from '../inference';
import type { InferenceRequest } from '../inference-types';

type Json = Readonly<Record<string, unknown>>;

/**
 * Observes the model calls of an `@anthropic-ai/sdk` client, streamed ones too, and gives the client back. The client
 * itself, its results and its errors stay what they are. Spans that newer versions of the client make by themselves are
 * switched off for it: a call has one span, and its tokens count once.
 */
export function instrumentAnthropic<C extends object>(client: C, options: { readonly provider?: string } = {}): C {
  if ('_tracer' in client) Reflect.set(client, '_tracer', undefined);
  observeClient(client, { provider: options.provider ?? 'anthropic', ...serverOf(client) }, [
    messagesAt(['messages', 'create']),
    messagesAt(['beta', 'messages', 'create']),
  ]);
  return client;
}

function messagesAt(path: readonly string[]): ClientMethod {
  return { path, request: requestOf, answer, event };
}

function requestOf(body: Json): Partial<InferenceRequest> {
  const { model, max_tokens, temperature, top_p, top_k, stop_sequences } = body;
  return {
    operation: 'chat',
    ...(typeof model === 'string' ? { model } : {}),
    ...(body['stream'] === true ? { stream: true } : {}),
    ...(typeof max_tokens === 'number' ? { maxTokens: max_tokens } : {}),
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof top_p === 'number' ? { topP: top_p } : {}),
    ...(typeof top_k === 'number' ? { topK: top_k } : {}),
    ...(Array.isArray(stop_sequences) ? { stopSequences: stop_sequences.map(String) } : {}),
    ...(body['messages'] === undefined ? {} : { messages: toMessages(body['messages']) }),
    ...(body['system'] === undefined ? {} : { systemInstructions: toText(body['system']) }),
    ...(body['tools'] === undefined ? {} : { toolDefinitions: body['tools'] }),
  };
}

function answer(inference: Inference, message: Json): void {
  const { id, model, stop_reason } = message;
  inference.response({
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(typeof stop_reason === 'string' ? { finishReasons: [stop_reason] } : {}),
    ...(message['content'] === undefined
      ? {}
      : { messages: toMessages([{ role: 'assistant', content: message['content'] }]) }),
    usage: normalizeUsage('anthropic', message).usage,
  });
}

/** The usage of the first event holds input tokens, that of the last the output; later counts replace earlier ones. */
const usages = new WeakMap<Inference, Json>();

function event(inference: Inference, given: Json): void {
  const { type, message, delta } = given;
  if (type === 'message_start' && isRecord(message)) {
    const { id, model } = message;
    inference.response({
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof model === 'string' ? { model } : {}),
    });
    if (isRecord(message['usage'])) addUsage(inference, message['usage']);
  } else if (type === 'content_block_delta') inference.firstToken();
  else if (type === 'message_delta') {
    if (isRecord(delta) && typeof delta['stop_reason'] === 'string') {
      inference.response({ finishReasons: [delta['stop_reason']] });
    }
    if (isRecord(given['usage'])) addUsage(inference, given['usage']);
  }
}

function addUsage(inference: Inference, usage: Json): void {
  const known = Object.entries(usage).filter(([, count]) => count !== null);
  const merged = { ...usages.get(inference), ...Object.fromEntries(known) };
  usages.set(inference, merged);
  inference.usage(normalizeUsage('anthropic', { usage: merged }).usage);
}
