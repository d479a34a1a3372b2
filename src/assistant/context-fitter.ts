import { CalibratedCounter, ContextWindow } from '../toolkit/llm';
import type { AnthropicBlock, AnthropicMessage } from '../toolkit/llm';
import type { Clock } from '../base/clock';
import type { TokenUsage } from '../domain/usage';
import type { Block, Message } from './messages';
import type { ModelRequest } from './providers/provider';

/** Tokens of the windows of the models that the assistant is used with. */
const WINDOW = 200_000;

/** Fits requests into the model's window, and learns from what providers report how to count. */
export class ContextFitter implements AsyncDisposable {
  private readonly counter = new CalibratedCounter('assistant');
  private readonly window: ContextWindow<AnthropicMessage>;

  constructor(clock: Clock, outputReserve: number, maxTokens = WINDOW) {
    this.window = ContextWindow.anthropic({ name: 'chat', maxTokens, outputReserve, counter: this.counter, clock });
  }

  /** The request with the messages that fit. @throws ContextOverflowError */
  async fit<R extends Omit<ModelRequest, 'model'>>(request: R, signal: AbortSignal): Promise<R> {
    const { system, tools, messages } = request;
    const fitted = await this.window.fit({ system, tools, messages }, signal);
    return fitted.messages === messages ? request : { ...request, messages: fitted.messages.map(toMessage) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.window.close();
  }

  /** Tokens of a request, as believed. */
  count({ system, tools, messages }: Pick<ModelRequest, 'system' | 'tools' | 'messages'>): number {
    return this.window.count({ system, tools, messages });
  }

  /** Learns from what a provider says it read. */
  observe(counted: number, usage: TokenUsage): void {
    if (usage.input !== undefined) this.counter.observe(counted, usage.input);
  }
}

function toMessage({ role, content }: AnthropicMessage): Message {
  return { role, content: typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(toBlock) };
}

function toBlock(block: AnthropicBlock): Block {
  if (block.type === 'tool_use') {
    return { type: 'tool_use', id: String(block.id), name: String(block.name), input: toRecord(block.input) };
  }
  if (block.type === 'tool_result') {
    const failed = block.is_error === true ? { is_error: true } : {};
    return { type: 'tool_result', tool_use_id: String(block.tool_use_id), content: String(block.content), ...failed };
  }
  return { type: 'text', text: String(block.text) };
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
