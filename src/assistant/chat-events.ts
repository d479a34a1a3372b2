import type { TokenUsage } from '../domain/usage';

/** What the answer to POST /v1/chat streams, one server-sent event each, named by `type`. */
export type ChatEvent =
  | { readonly type: 'token'; readonly text: string }
  | {
      readonly type: 'tool';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly ok: boolean;
      /** The start of what the tool answered. */
      readonly excerpt: string;
      readonly seconds: number;
    }
  | { readonly type: 'usage'; readonly model: string; readonly usage: TokenUsage }
  | {
      readonly type: 'done';
      readonly conversationId: string;
      readonly stopReason: string;
      readonly modelCalls: number;
      readonly toolCalls: number;
      /** All model calls together. */
      readonly usage: TokenUsage;
      /** The trace of the request; empty when tracing is off. */
      readonly traceId: string;
      readonly seconds: number;
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

/** The wire form of an event. */
export function toServerSentEvent(event: ChatEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
