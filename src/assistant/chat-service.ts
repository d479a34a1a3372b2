import { trace } from '@opentelemetry/api';
import { messageOf, CodedError } from '../base/errors';
import { randomUuid } from '../base/ids';
import { addUsage } from '../domain/usage';
import { withParsing, withResponse, withSpan } from '../instrument';
import { ChatRequestError, TurnLimitError } from './errors';
import { parseChatRequest } from './chat-request';
import { textMessage, toolUsesOf } from './messages';
import { countStored } from './store/conversation-store';
import type { Clock } from '../base/clock';
import type { TokenUsage } from '../domain/usage';
import type { ChatEvent } from './chat-events';
import type { ChatRequest } from './chat-request';
import type { Message, ToolUseBlock } from './messages';
import type { ModelCaller } from './model-caller';
import type { ConversationStore } from './store/conversation-store';
import type { UsageLedger } from './store/usage-ledger';
import type { ToolRunner } from './tool-runner';

/** The injection token of the chat service. */
export const CHAT_SERVICE = Symbol('ChatService');

/** Takes events as they come; may wait until the reader has room. */
export type EventSink = (event: ChatEvent) => Promise<void> | void;

/** Model calls in one turn, at most. */
const MAX_ROUNDS = 8;

const SYSTEM = `You are a coding assistant. You work on the files of one workspace, through tools only: search before you
read, read before you change, change as little as will do, and say what you did. Paths are relative to the workspace.
Answer in plain text. When the question can be answered without a tool, answer at once. When a tool fails, say so and try
another way. Never invent the content of a file that you have not read. Quote the lines that matter, with their numbers.
A change is a unified diff that applies to the file as it is; keep names, order and style of what is there. If a request is
ambiguous, state the reading you chose in one sentence, then go on. Do not repeat the question. Do not apologise.`;

/** Serves chats: parse and validate, infer, run tools, and respond, around until the model is done. */
export class ChatService {
  constructor(
    private readonly models: ModelCaller,
    private readonly tools: ToolRunner,
    private readonly store: ConversationStore,
    private readonly ledger: UsageLedger,
    private readonly clock: Clock,
  ) {}

  /** Parses and checks the body. @throws ChatRequestError */
  parse(body: unknown): ChatRequest {
    return withParsing('ChatService.parse', () => parseChatRequest(body));
  }

  /** Answers one request; the last event is `done` or `error`. Rejects only when the sink does, or on abort. */
  async chat(body: unknown, sink: EventSink, signal: AbortSignal): Promise<void> {
    await withSpan('ChatService.chat', { operation: 'chat.turn' }, async (operation) => {
      const began = this.clock.elapsed();
      try {
        const request = this.parse(body);
        const conversationId = request.conversationId ?? `conv_${randomUuid()}`;
        operation.setAttributes({ 'gen_ai.conversation.id': conversationId, 'telltale.client': request.client });
        const turn = await this.runTurn(request, conversationId, sink, signal);
        await withResponse('ChatService.respond', async () => {
          await sink({
            type: 'done',
            conversationId,
            ...turn,
            traceId: trace.getActiveSpan()?.spanContext().traceId ?? '',
            seconds: (this.clock.elapsed() - began) / 1000,
          });
        });
      } catch (error) {
        if (signal.aborted) throw error;
        const code = error instanceof CodedError ? error.code : 'INTERNAL';
        await sink({ type: 'error', code, message: messageOf(error) });
        if (!(error instanceof ChatRequestError)) operation.fail(error);
      }
    });
  }

  private async runTurn(
    request: ChatRequest,
    conversationId: string,
    sink: EventSink,
    signal: AbortSignal,
  ): Promise<{ stopReason: string; modelCalls: number; toolCalls: number; usage: TokenUsage }> {
    const history = request.conversationId === undefined ? [] : await this.store.load(conversationId, signal);
    const turn: Message[] = [textMessage('user', request.message)];
    let usage: TokenUsage = {};
    let toolCalls = 0;
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const answer = await this.models.call(
        {
          conversationId,
          system: SYSTEM,
          messages: [...history, ...turn],
          tools: this.tools.descriptions,
          maxTokens: request.maxTokens,
        },
        request,
        (text) => sink({ type: 'token', text }),
        signal,
      );
      usage = addUsage(usage, answer.usage);
      this.ledger.record(conversationId, request.client, answer.model, answer.usage);
      await sink({ type: 'usage', model: answer.model, usage: answer.usage });
      turn.push(answer.message);
      const uses = toolUsesOf(answer.message);
      if (uses.length === 0) {
        await this.store.append(conversationId, request.client, countStored(history), turn, signal);
        return { stopReason: answer.stopReason, modelCalls: round, toolCalls, usage };
      }
      turn.push(await this.runTools(uses, sink, signal));
      toolCalls += uses.length;
    }
    throw new TurnLimitError(`the model asked for tools ${MAX_ROUNDS} times without coming to an answer`);
  }

  private async runTools(uses: readonly ToolUseBlock[], sink: EventSink, signal: AbortSignal): Promise<Message> {
    const results = await Promise.all(
      uses.map(async (use) => {
        const { result, seconds } = await this.tools.run(use, signal);
        const { id, name, input } = use;
        const ok = result.is_error !== true;
        await sink({ type: 'tool', id, name, input, ok, excerpt: result.content.slice(0, 200), seconds });
        return result;
      }),
    );
    return { role: 'user', content: results };
  }
}
