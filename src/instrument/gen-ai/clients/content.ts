import { wantsContent } from '../capture';

type Json = Readonly<Record<string, unknown>>;

/** Messages of a client in the conventions' form; nothing is made of them where content is not captured. */
export function toMessages(messages: unknown): unknown {
  if (!wantsContent()) return undefined;
  if (typeof messages === 'string') return [{ role: 'user', parts: [{ type: 'text', content: messages }] }];
  if (!Array.isArray(messages)) return undefined;
  return messages.filter(isRecord).map((message) => ({
    role: typeof message['role'] === 'string' ? message['role'] : 'assistant',
    parts: [...toParts(message['content']), ...toolCalls(message)],
  }));
}

/** A system prompt as text parts. */
export function toText(system: unknown): unknown {
  return wantsContent() ? toParts(system) : undefined;
}

function toParts(content: unknown): unknown[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return Array.isArray(content) ? content.filter(isRecord).map(toPart) : [];
}

function toPart(block: Json): unknown {
  switch (block['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', content: block['text'] };
    case 'thinking':
      return { type: 'reasoning', content: block['thinking'] };
    case 'tool_use':
      return { type: 'tool_call', id: block['id'], name: block['name'], arguments: block['input'] };
    case 'tool_result':
      return { type: 'tool_call_response', id: block['tool_use_id'], response: block['content'] };
    default:
      return block;
  }
}

/** Chat completions keep tool calls beside the content. */
function toolCalls(message: Json): unknown[] {
  const calls = message['tool_calls'];
  if (!Array.isArray(calls)) return [];
  return calls.filter(isRecord).map((call) => {
    const called = isRecord(call['function']) ? call['function'] : {};
    return { type: 'tool_call', id: call['id'], name: called['name'], arguments: called['arguments'] };
  });
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
