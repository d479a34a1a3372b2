import { z } from 'zod';
import { messageOf } from '../../base/errors';
import { completeUsage } from '../../domain/usage';
import { ProviderError } from '../errors';
import { textOf, toolUsesOf } from '../messages';
import { parseInput } from './anthropic';
import { excerptOf } from './http-sender';
import { readEvents } from './sse-reader';
import type { Secret } from '../../base/secret';
import type { Message } from '../messages';
import type { HttpSender } from './http-sender';
import type { ModelEvent, ModelProvider, ModelRequest } from './provider';

/** How to reach an endpoint that speaks OpenAI's Chat Completions. */
export interface OpenAiCompatibleOptions {
  /** Up to and without `/chat/completions`, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: Secret;
  readonly models: readonly string[];
  /** The `gen_ai.provider.name`; default `openai`. */
  readonly providerName?: string;
}

const chunk = z.object({
  id: z.string().optional(),
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            tool_calls: z
              .array(
                z.object({
                  index: z.number(),
                  id: z.string().nullish(),
                  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
                }),
              )
              .nullish(),
          })
          .optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z
    .object({
      prompt_tokens: z.number().nullish(),
      completion_tokens: z.number().nullish(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

/** Any endpoint that speaks OpenAI's Chat Completions, by plain HTTP, streaming. */
export class OpenAiCompatibleProvider implements ModelProvider {
  readonly name: string;
  readonly models: readonly string[];
  readonly address: string;
  private readonly url: string;

  constructor(
    private readonly options: OpenAiCompatibleOptions,
    private readonly http: HttpSender,
  ) {
    this.name = options.providerName ?? 'openai';
    this.models = options.models;
    this.url = `${options.baseUrl.replace(/\/$/, '')}/chat/completions`;
    this.address = new URL(this.url).hostname;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const body = await this.post(request, signal);
    const reader = new CompletionReader(request.model);
    try {
      for await (const { data } of readEvents(body)) {
        if (data === '[DONE]') break;
        yield* reader.read(data);
      }
    } catch (error) {
      if (error instanceof ProviderError || signal.aborted) throw error;
      throw new ProviderError(`the answer of ${this.address} broke off: ${messageOf(error)}`, undefined, {
        cause: error,
      });
    }
    yield* reader.end();
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async post(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const key = this.options.apiKey;
    const headers = {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key.reveal()}` }),
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
    stream_options: { include_usage: true },
    messages: [{ role: 'system', content: request.system }, ...request.messages.flatMap(toChatMessages)],
    tools: request.tools.map(({ name, description, inputSchema }) => ({
      type: 'function',
      function: { name, description, parameters: inputSchema },
    })),
  };
}

/** Tool results are messages of their own there, before any text of the user. */
function toChatMessages(message: Message): unknown[] {
  if (message.role === 'assistant') {
    const calls = toolUsesOf(message).map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    }));
    const text = textOf(message);
    return [{ role: 'assistant', content: text || null, ...(calls.length === 0 ? {} : { tool_calls: calls }) }];
  }
  const results = message.content.flatMap((block) =>
    block.type === 'tool_result' ? [{ role: 'tool', tool_call_id: block.tool_use_id, content: block.content }] : [],
  );
  const text = textOf(message);
  return text === '' ? results : [...results, { role: 'user', content: text }];
}

/** Puts the chunks of one streamed completion together. */
class CompletionReader {
  private id = '';
  private stopReason = 'stop';
  private counts: z.output<typeof chunk>['usage'];
  private readonly tools = new Map<number, { id: string; name: string; json: string }>();

  constructor(private model: string) {}

  *read(data: string): Generator<ModelEvent> {
    const { id, model, choices, usage } = chunk.parse(JSON.parse(data));
    this.id = id ?? this.id;
    this.model = model ?? this.model;
    this.counts = usage ?? this.counts;
    for (const { delta, finish_reason: reason } of choices) {
      if (delta?.content) yield { type: 'text', text: delta.content };
      for (const call of delta?.tool_calls ?? []) {
        const tool = this.tools.get(call.index) ?? { id: '', name: '', json: '' };
        tool.id = call.id ?? tool.id;
        tool.name += call.function?.name ?? '';
        tool.json += call.function?.arguments ?? '';
        this.tools.set(call.index, tool);
      }
      this.stopReason = reason ?? this.stopReason;
    }
  }

  *end(): Generator<ModelEvent> {
    for (const { id, name, json } of this.tools.values()) {
      yield { type: 'tool_use', id, name, input: parseInput(json) };
    }
    const { usage } = completeUsage({
      input: this.counts?.prompt_tokens ?? undefined,
      output: this.counts?.completion_tokens ?? undefined,
      cacheRead: this.counts?.prompt_tokens_details?.cached_tokens ?? undefined,
      reasoning: this.counts?.completion_tokens_details?.reasoning_tokens ?? undefined,
    });
    yield { type: 'end', stopReason: this.stopReason, responseId: this.id, model: this.model, usage };
  }
}
