import { z } from 'zod';
import { messageOf } from '../../base/errors';
import { completeUsage } from '../../domain/usage';
import { ProviderError } from '../errors';
import { excerptOf } from './http-sender';
import { readEvents } from './sse-reader';
import type { Secret } from '../../base/secret';
import type { HttpSender } from './http-sender';
import type { ModelEvent, ModelProvider, ModelRequest } from './provider';

/** How to reach Anthropic's Messages API. */
export interface AnthropicOptions {
  readonly apiKey: Secret;
  readonly models: readonly string[];
  /** Without `/v1/messages`. */
  readonly baseUrl?: string;
}

const usage = z.object({
  input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
});
const started = z.object({ message: z.object({ id: z.string(), model: z.string(), usage }) });
const blockStarted = z.object({
  index: z.number(),
  content_block: z.object({ type: z.string(), id: z.string().optional(), name: z.string().optional() }),
});
const blockDelta = z.object({
  index: z.number(),
  delta: z.object({ type: z.string(), text: z.string().optional(), partial_json: z.string().optional() }),
});
const blockStopped = z.object({ index: z.number() });
const messageDelta = z.object({ delta: z.object({ stop_reason: z.string().nullish() }), usage: usage.optional() });

/** Anthropic's Messages API by plain HTTP, streaming. */
export class AnthropicProvider implements ModelProvider {
  readonly name = 'anthropic';
  readonly models: readonly string[];
  readonly address: string;
  private readonly url: string;

  constructor(
    private readonly options: AnthropicOptions,
    private readonly http: HttpSender,
  ) {
    this.models = options.models;
    this.url = `${(options.baseUrl ?? 'https://api.anthropic.com').replace(/\/$/, '')}/v1/messages`;
    this.address = new URL(this.url).hostname;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const response = await this.post(request, signal);
    const reader = new MessageReader(request.model);
    try {
      for await (const { event, data } of readEvents(response)) yield* reader.read(event, data);
    } catch (error) {
      if (error instanceof ProviderError || signal.aborted) throw error;
      throw new ProviderError(`the answer of ${this.address} broke off: ${messageOf(error)}`, undefined, {
        cause: error,
      });
    }
    yield reader.end();
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async post(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-api-key': this.options.apiKey.reveal(),
    };
    const { status, body } = await this.http.post(this.url, headers, toBody(request), signal);
    if (status !== 200) throw new ProviderError(`${this.address} answered ${status}: ${await excerptOf(body)}`, status);
    return body;
  }
}

function toBody(request: ModelRequest): unknown {
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    stream: true,
    system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
    messages: request.messages,
    tools: request.tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      input_schema: inputSchema,
    })),
  };
}

/** Puts the events of one streamed message together. */
class MessageReader {
  private id = '';
  private counts: z.output<typeof usage> = {};
  private stopReason = 'end_turn';
  private readonly tools = new Map<number, { id: string; name: string; json: string }>();

  constructor(private model: string) {}

  *read(event: string, data: string): Generator<ModelEvent> {
    if (event === 'ping') return;
    const payload: unknown = JSON.parse(data);
    if (event === 'error') throw new ProviderError(`the model reported an error: ${data.slice(0, 500)}`);
    if (event === 'message_start') {
      const { message } = started.parse(payload);
      this.id = message.id;
      this.model = message.model;
      this.counts = message.usage;
    } else if (event === 'content_block_start') {
      const { index, content_block: block } = blockStarted.parse(payload);
      if (block.type === 'tool_use') this.tools.set(index, { id: block.id ?? '', name: block.name ?? '', json: '' });
    } else if (event === 'content_block_delta') {
      const { index, delta } = blockDelta.parse(payload);
      if (delta.type === 'text_delta' && delta.text !== undefined) yield { type: 'text', text: delta.text };
      const tool = this.tools.get(index);
      if (tool !== undefined) tool.json += delta.partial_json ?? '';
    } else if (event === 'content_block_stop') {
      const tool = this.tools.get(blockStopped.parse(payload).index);
      if (tool !== undefined) yield { type: 'tool_use', id: tool.id, name: tool.name, input: parseInput(tool.json) };
    } else if (event === 'message_delta') {
      const { delta, usage: late } = messageDelta.parse(payload);
      this.stopReason = delta.stop_reason ?? this.stopReason;
      this.counts = { ...this.counts, ...late };
    }
  }

  end(): ModelEvent {
    if (this.id === '') throw new ProviderError('the answer holds no message');
    const known = (value: number | null | undefined): number | undefined => value ?? undefined;
    const { usage: complete } = completeUsage({
      uncached: known(this.counts.input_tokens),
      output: known(this.counts.output_tokens),
      cacheRead: known(this.counts.cache_read_input_tokens),
      cacheWrite: known(this.counts.cache_creation_input_tokens),
    });
    return { type: 'end', stopReason: this.stopReason, responseId: this.id, model: this.model, usage: complete };
  }
}

const inputObject = z.record(z.string(), z.unknown());

/** The input of a tool call; an empty text is an empty object. @throws ProviderError when it is no object. */
export function parseInput(json: string): Record<string, unknown> {
  try {
    return json.trim() === '' ? {} : inputObject.parse(JSON.parse(json));
  } catch (error) {
    throw new ProviderError(`the model sent a tool input that is no JSON object: ${json.slice(0, 200)}`, undefined, {
      cause: error,
    });
  }
}
