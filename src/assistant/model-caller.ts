import { context } from '@opentelemetry/api';
import { withInference } from '../instrument';
import { ProviderError } from './errors';
import { estimateComplexity } from './complexity';
import type { Context } from '@opentelemetry/api';
import type { ItemResult, ModelDecision, ModelSelector, RequestBatcher } from '../toolkit/llm';
import type { TokenUsage } from '../domain/usage';
import type { ChatRequest } from './chat-request';
import type { ContextFitter } from './context-fitter';
import type { Block, Message } from './messages';
import type { ModelProvider, ModelRequest } from './providers/provider';

/** One whole answer of a model. */
export interface ModelAnswer {
  readonly message: Message;
  readonly model: string;
  readonly stopReason: string;
  readonly usage: TokenUsage;
}

/** A model call before the model is chosen. */
export type OpenRequest = Omit<ModelRequest, 'model'>;

/** A call that waits for its turn, in the trace of whoever asked. */
export interface QueuedCall {
  readonly request: ModelRequest;
  readonly trace: Context;
}

/** What the queue of model calls executes. */
export type CallQueue = RequestBatcher<QueuedCall, ModelAnswer, string>;

const PRIORITY = { low: 0, normal: 1, high: 2 } as const;
/** Conversations whose model is remembered. */
const MAX_SESSIONS = 2_000;

/** Fits the context, chooses a model, waits for a turn, calls, and goes on to another model when one fails before it speaks. */
export class ModelCaller {
  private readonly sessions = new Map<string, { readonly model: string; readonly cachedTokens: number }>();

  constructor(
    private readonly provider: ModelProvider,
    private readonly fitter: ContextFitter,
    private readonly selector: ModelSelector,
    private readonly queue: CallQueue,
  ) {}

  /** Streams one answer; `onText` sees it as it comes. @throws ProviderError, ContextOverflowError, QueueFullError */
  async call(
    open: OpenRequest,
    chat: Pick<ChatRequest, 'message' | 'model' | 'urgency' | 'client'>,
    onText: (text: string) => Promise<void> | void,
    signal: AbortSignal,
  ): Promise<ModelAnswer> {
    const fitted = await this.fitter.fit(open, signal);
    const counted = this.fitter.count(fitted);
    let hasSpoken = false;
    const run = async (model: string, ending: AbortSignal): Promise<ModelAnswer> => {
      const stream = this.queue.stream(
        { request: { ...fitted, model }, trace: context.active() },
        { client: chat.client, priority: PRIORITY[chat.urgency], tokens: counted, signal: ending },
      );
      for (;;) {
        const next = await stream.next();
        if (next.done) return next.value;
        hasSpoken = true;
        await onText(next.value);
      }
    };
    const session = this.sessions.get(open.conversationId);
    const request = {
      complexity: estimateComplexity(chat.message),
      urgency: chat.urgency,
      inputTokens: counted,
      outputTokens: Math.min(open.maxTokens, 600),
      needs: ['tools'],
      ...(session === undefined ? {} : { session }),
    };
    const isModelFault = (error: unknown): boolean => error instanceof ProviderError && error.retryable && !hasSpoken;
    const answer =
      chat.model === undefined
        ? await this.selector.run(
            request,
            ({ model }: ModelDecision, ending) => run(model, ending),
            isModelFault,
            ({ usage }) => ({ usage }),
            signal,
          )
        : await run(this.known(chat.model), signal);
    this.fitter.observe(counted, answer.usage);
    this.remember(open.conversationId, answer);
    return answer;
  }

  private known(model: string): string {
    const { name, models } = this.provider;
    if (models.includes(model)) return model;
    throw new ProviderError(`${name} has no model "${model}"; known: ${models.join(', ')}`, 404);
  }

  private remember(conversationId: string, { model, usage }: ModelAnswer): void {
    const cachedTokens = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
    this.sessions.delete(conversationId);
    this.sessions.set(conversationId, { model, cachedTokens });
    const oldest = this.sessions.keys().next();
    if (this.sessions.size > MAX_SESSIONS && !oldest.done) this.sessions.delete(oldest.value);
  }
}

/** Executes one queued call in the trace of its asker; never rejects. */
export async function executeCall(
  provider: ModelProvider,
  { request, trace }: QueuedCall,
  emit: (text: string) => void,
  signal: AbortSignal,
): Promise<ItemResult<ModelAnswer>> {
  try {
    return { ok: true, value: await context.with(trace, () => infer(provider, request, emit, signal)) };
  } catch (error) {
    return { ok: false, error };
  }
}

function infer(
  provider: ModelProvider,
  request: ModelRequest,
  emit: (text: string) => void,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const call = {
    provider: provider.name,
    model: request.model,
    stream: true,
    maxTokens: request.maxTokens,
    conversationId: request.conversationId,
    ...(provider.address === undefined ? {} : { serverAddress: provider.address }),
  };
  return withInference(call, async (inference): Promise<ModelAnswer> => {
    const blocks: Block[] = [];
    let text = '';
    for await (const event of provider.stream(request, signal)) {
      if (event.type === 'end') {
        const { responseId, stopReason, model, usage } = event;
        inference.response({ id: responseId, model, finishReasons: [stopReason], usage });
        if (text !== '') blocks.unshift({ type: 'text', text });
        return { message: { role: 'assistant', content: blocks }, model, stopReason, usage };
      }
      inference.chunk();
      inference.firstToken();
      if (event.type === 'text') {
        text += event.text;
        emit(event.text);
      } else blocks.push(event);
    }
    throw new ProviderError(`${provider.name} ended its answer too early`);
  });
}
