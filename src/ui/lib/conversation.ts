/** A piece of a message as it is shown. */
export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thought'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly text: string }
  | { readonly kind: 'result'; readonly id: string; readonly text: string }
  | { readonly kind: 'other'; readonly name: string; readonly text: string };

/** One message of a conversation with a model. */
export interface Message {
  readonly role: string;
  readonly parts: readonly MessagePart[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads messages as telemetry holds them: the conventions' `parts`, the providers' `content` (a text or blocks), a plain
 * text. What cannot be read is shown as it came, never dropped.
 */
export function parseMessages(text: string, role = 'text'): Message[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [{ role, parts: [{ kind: 'text', text }] }];
  }
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  // The system instructions are a list of parts, not of messages.
  if (list.length > 0 && list.every((each) => isFields(each) && 'type' in each && !('role' in each)))
    return [{ role, parts: list.flatMap(toParts) }];
  return list.map((each) =>
    isFields(each)
      ? { role: textOf(each['role']) || role, parts: partsOf(each) }
      : { role, parts: [{ kind: 'text', text: textOf(each) }] },
  );
}

/** How many messages at the start are those of the request before: what follows entered the context since. */
export function commonLength(before: readonly Message[], now: readonly Message[]): number {
  let at = 0;
  while (at < now.length && at < before.length && JSON.stringify(before[at]) === JSON.stringify(now[at])) at++;
  return at;
}

/** Results of tool calls by the call's id. */
export function resultsOf(messages: readonly Message[]): Map<string, string> {
  const results = new Map<string, string>();
  for (const { parts } of messages)
    for (const part of parts) if (part.kind === 'result' && part.id !== '') results.set(part.id, part.text);
  return results;
}

/** Names of the tools that messages call, by the call's id. */
export function calledTools(messages: readonly Message[]): Map<string, string> {
  return new Map(
    messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.kind === 'call' && part.id !== '' ? [[part.id, part.name] as const] : [])),
    ),
  );
}

function partsOf(message: Fields): MessagePart[] {
  const own = message['parts'] ?? message['content'];
  const parts = Array.isArray(own) ? own.flatMap(toParts) : own === undefined || own === null ? [] : toParts(own);
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'].flatMap(toParts) : [];
  if (message['role'] === 'tool' && typeof message['tool_call_id'] === 'string')
    return [{ kind: 'result', id: message['tool_call_id'], text: parts.map(({ text }) => text).join('\n') }];
  return [...parts, ...calls];
}

function toParts(part: unknown): MessagePart[] {
  if (!isFields(part)) return [{ kind: 'text', text: textOf(part) }];
  const type = textOf(part['type']);
  const id = textOf(part['id'] ?? part['tool_use_id'] ?? part['tool_call_id'] ?? part['call_id']);
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return [{ kind: 'text', text: textOf(part['content'] ?? part['text']) }];
    case 'reasoning':
    case 'thinking':
      return [{ kind: 'thought', text: textOf(part['content'] ?? part['thinking'] ?? part['text']) }];
    case 'tool_call':
    case 'tool_use':
    case 'function_call':
    case 'function': {
      const inner = isFields(part['function']) ? part['function'] : part;
      return [
        { kind: 'call', id, name: textOf(inner['name']), text: textOf(inner['arguments'] ?? inner['input'] ?? '') },
      ];
    }
    case 'tool_call_response':
    case 'tool_result':
    case 'function_call_output': {
      const result = part['response'] ?? part['result'] ?? part['content'] ?? part['output'];
      const text = Array.isArray(result) ? result.flatMap(toParts).map((each) => each.text) : [textOf(result)];
      return [{ kind: 'result', id: textOf(part['tool_use_id']) || id, text: text.join('\n') }];
    }
    case '':
      return 'content' in part || 'text' in part
        ? [{ kind: 'text', text: textOf(part['content'] ?? part['text']) }]
        : [{ kind: 'other', name: 'part', text: textOf(part) }];
    default:
      return [{ kind: 'other', name: type, text: textOf(part['content'] ?? part) }];
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value, null, 2);
}
