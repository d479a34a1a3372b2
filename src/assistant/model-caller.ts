import { withInference } from '../instrument';
import { ProviderError } from './errors';
import type { TokenUsage } from '../domain/usage';
import type { ChatRequest } from './chat-request';
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

/** Calls the provider's models. */
export class ModelCaller {
  constructor(private readonly provider: ModelProvider) {}

  /** Streams one answer; `onText` sees it as it comes. @throws ProviderError */
  async call(
    open: OpenRequest,
    { model: wanted }: Pick<ChatRequest, 'model' | 'urgency'>,
    onText: (text: string) => Promise<void> | void,
    signal: AbortSignal,
  ): Promise<ModelAnswer> {
    const model = wanted ?? this.provider.models[0] ?? '';
    if (!this.provider.models.includes(model)) {
      throw new ProviderError(
        `${this.provider.name} has no model "${model}"; known: ${this.provider.models.join(', ')}`,
        404,
      );
    }
    return this.stream({ ...open, model }, onText, signal);
  }

  private stream(
    request: ModelRequest,
    onText: (text: string) => Promise<void> | void,
    signal: AbortSignal,
  ): Promise<ModelAnswer> {
    const { name: provider, address } = this.provider;
    const call = {
      provider,
      model: request.model,
      stream: true,
      maxTokens: request.maxTokens,
      conversationId: request.conversationId,
      ...(address === undefined ? {} : { serverAddress: address }),
    };
    return withInference(call, async (inference): Promise<ModelAnswer> => {
      const blocks: Block[] = [];
      let text = '';
      for await (const event of this.provider.stream(request, signal)) {
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
          await onText(event.text);
        } else blocks.push(event);
      }
      throw new ProviderError(`${provider} ended its answer too early`);
    });
  }
}
