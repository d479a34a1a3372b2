import { NO_RESULT } from './format';
import type { TokenCounter } from '../token-counter';
import type { MessageFormat } from './format';

/** A tool call of an assistant's message. */
export interface OpenAiToolCall {
  readonly id: string;
  readonly type?: string;
  readonly function?: { readonly name: string; readonly arguments: string };
  readonly [field: string]: unknown;
}

/** A message of OpenAI's Chat Completions. */
export interface OpenAiMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content?: unknown;
  readonly name?: string;
  readonly tool_calls?: readonly OpenAiToolCall[];
  readonly tool_call_id?: string;
  readonly [field: string]: unknown;
}

/** Tokens of a message beyond its content, by OpenAI's own recipe. */
const OVERHEAD = 3;
const NAME_OVERHEAD = 1;
/** Tokens of an image at high detail and common size. */
const MEDIA = 765;

/** How messages of OpenAI's Chat Completions are read. */
export const openAiFormat: MessageFormat<OpenAiMessage> = {
  resultsInOneMessage: false,
  alternates: false,
  roleOf: ({ role }) => (role === 'system' || role === 'developer' ? 'instruction' : role),
  callsOf: ({ role, tool_calls: calls = [] }) => (role === 'assistant' ? calls.map(({ id }) => id) : []),
  resultsOf: ({ role, tool_call_id: id }) => (role === 'tool' && id !== undefined ? [id] : []),
  isPrompt: ({ role }) => role === 'user',
  textOf: (message, marked = false) => {
    const mark =
      marked && message.tool_call_id !== undefined ? `[result of the tool call ${message.tool_call_id}] ` : '';
    const texts = [`${mark}${contentText(message.content)}`, ...callTexts(message, marked)];
    return texts.filter((text) => text !== '').join('\n');
  },
  countOf: (message, counter) => {
    const calls = message.tool_calls ?? [];
    const name = message.name === undefined ? 0 : NAME_OVERHEAD + counter.count(message.name);
    const id = message.tool_call_id === undefined ? 0 : counter.count(message.tool_call_id);
    const called = calls.reduce((sum, call) => sum + 4 + counter.count(JSON.stringify(call.function ?? call)), 0);
    return OVERHEAD + counter.count(message.role) + countContent(message.content, counter) + name + id + called;
  },
  note: (role, text) => ({ role, content: text }),
  cleaned: (message) => {
    const { role, content, tool_calls: calls, ...others } = message;
    if (role === 'tool') return message;
    const isEmpty = content === undefined || content === null || (Array.isArray(content) && content.length === 0);
    // An answer may be in other fields, as a refusal is.
    const says = !isEmpty || (calls ?? []).length > 0 || (role === 'assistant' && hasOther(others));
    if (!says) return undefined;
    return calls?.length === 0 ? { role, content, ...others } : message;
  },
  moveResults: (_into, from) => ({ results: from, rest: undefined }),
  withResults: (message, keep) =>
    message.role !== 'tool' || (message.tool_call_id !== undefined && keep.has(message.tool_call_id))
      ? message
      : undefined,
  addResults: (message, calls) => {
    const made = calls.map((id): OpenAiMessage => ({ role: 'tool', tool_call_id: id, content: NO_RESULT }));
    return message === undefined ? made : [...made, message];
  },
};

function hasOther(fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).some(([key, value]) => key !== 'name' && value !== undefined && value !== null);
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map(partText).join('\n');
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return '';
  if ('text' in part && typeof part.text === 'string') return part.text;
  return 'type' in part ? `[${String(part.type)}]` : '';
}

function callTexts({ tool_calls: calls = [] }: OpenAiMessage, marked: boolean): string[] {
  return calls.map(({ id, function: called }) => {
    const mark = marked ? `[tool call, id ${id}] ` : '';
    return `${mark}${called?.name ?? 'tool'}(${called?.arguments ?? ''})`;
  });
}

function countContent(content: unknown, counter: TokenCounter): number {
  if (typeof content === 'string') return counter.count(content);
  if (!Array.isArray(content)) return 0;
  return content.reduce((sum: number, part: unknown) => sum + countPart(part, counter), 0);
}

function countPart(part: unknown, counter: TokenCounter): number {
  if (typeof part === 'object' && part !== null && 'text' in part) return counter.count(String(part.text));
  return MEDIA;
}
