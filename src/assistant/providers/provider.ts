import type { TokenUsage } from '../../domain/usage';
import type { Message } from '../messages';

/** A tool as a model sees it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the input. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** One call of a model. */
export interface ModelRequest {
  readonly model: string;
  readonly conversationId: string;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDescription[];
  readonly maxTokens: number;
}

/** What streams back, in order; `end` is the last. */
export type ModelEvent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: 'end';
      /** `end_turn`, `tool_use`, `max_tokens` … as the provider says it. */
      readonly stopReason: string;
      readonly responseId: string;
      readonly model: string;
      /** What was not reported is undefined. */
      readonly usage: TokenUsage;
    };

/** Where model calls go. */
export interface ModelProvider {
  /** The well-known `gen_ai.provider.name`. */
  readonly name: string;
  /** Models that may be asked for, the preferred one first; at least one. */
  readonly models: readonly string[];
  /** Host of the endpoint; undefined in process. */
  readonly address?: string;
  /** Streams one answer. @throws ProviderError */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Frees connections. */
  close?(): Promise<void>;
}
