import { MOVED, NOTHING, NO_RESULT } from './format';
import type { TokenCounter } from '../token-counter';
import type { MessageFormat } from './format';

/** A content block of Anthropic's Messages API; only what pairing needs is typed. */
export interface AnthropicBlock {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A message of Anthropic's Messages API. */
export interface AnthropicMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string | readonly AnthropicBlock[];
}

/** Tokens of a message beyond its content. */
const OVERHEAD = 4;
/** Tokens of a block beyond its text. */
const BLOCK_OVERHEAD = 3;
/** Tokens of an image or document given by value; the API counts by pixels and pages, which are not at hand. */
const MEDIA = 1_600;

/** How messages of Anthropic's Messages API are read. */
export const anthropicFormat: MessageFormat<AnthropicMessage> = {
  resultsInOneMessage: true,
  alternates: true,
  roleOf: ({ role }) => role,
  callsOf: (message) => (message.role === 'assistant' ? idsOf(message, ({ type }) => type === 'tool_use', 'id') : []),
  resultsOf: (message) =>
    message.role === 'user' ? idsOf(message, ({ type }) => type === 'tool_result', 'tool_use_id') : [],
  isPrompt: (message) =>
    message.role === 'user' &&
    (typeof message.content === 'string' || message.content.some(({ type }) => type !== 'tool_result')),
  textOf: ({ content }, marked = false) =>
    typeof content === 'string'
      ? content
      : content.map((block) => `${marked ? markOf(block) : ''}${textOfBlock(block)}`).join('\n'),
  countOf: ({ content }, counter) =>
    OVERHEAD +
    (typeof content === 'string'
      ? counter.count(content)
      : content.reduce((sum, block) => sum + countBlock(block, counter), 0)),
  note: (role, text) => ({ role, content: [{ type: 'text', text }] }),
  cleaned: (message) => {
    const { content } = message;
    if (typeof content === 'string') return isBlank(content) ? { ...message, content: NOTHING } : message;
    const told = content.filter(({ type, text }) => type !== 'text' || !isBlank(String(text ?? '')));
    if (told.length === 0) return { ...message, content: NOTHING };
    const first = told.findIndex((block) => !isResult(block));
    if (first >= 0 && told.slice(first).some(isResult)) {
      return { ...message, content: [...told.filter(isResult), ...told.filter((block) => !isResult(block))] };
    }
    return told.length === content.length ? message : { ...message, content: told };
  },
  withResults: (message, keep) => {
    if (typeof message.content === 'string') return message;
    const content = split(message.content, keep).kept;
    return content.length === 0 ? undefined : { ...message, content };
  },
  moveResults: (into, from, ids, whole) => {
    const blocks = blocksOf(from);
    const { others, results } = split(blocks, ids);
    const before = into === undefined ? [] : blocksOf(into);
    const content = [
      ...before.filter(isResult),
      ...results,
      ...before.filter((block) => !isResult(block)),
      ...(whole ? others.filter((block) => !isResult(block)) : []),
    ];
    const merged: AnthropicMessage = { ...into, role: 'user', content };
    if (whole) return { results: merged, rest: undefined };
    return { results: merged, rest: { ...from, content: others.length === 0 ? MOVED : others } };
  },
  addResults: (message, calls) => {
    const made = calls.map((id) => ({ type: 'tool_result', tool_use_id: id, content: NO_RESULT, is_error: true }));
    if (message === undefined) return [{ role: 'user', content: made }];
    return [{ ...message, content: [...made, ...blocksOf(message)] }];
  },
};

function blocksOf({ content }: AnthropicMessage): readonly AnthropicBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The API refuses texts of nothing but white space. */
function isBlank(text: string): boolean {
  return text.trim() === '';
}

function isResult({ type }: AnthropicBlock): boolean {
  return type === 'tool_result';
}

/** Tells the first result of each of those calls from the rest; `kept` is the content without other results. */
function split(
  content: readonly AnthropicBlock[],
  ids: ReadonlySet<string>,
): { kept: AnthropicBlock[]; results: AnthropicBlock[]; others: AnthropicBlock[] } {
  const left = new Set(ids);
  const kept: AnthropicBlock[] = [];
  const results: AnthropicBlock[] = [];
  const others: AnthropicBlock[] = [];
  for (const block of content) {
    const { tool_use_id: id } = block;
    const isWanted = isResult(block) && typeof id === 'string' && left.delete(id);
    if (isWanted) results.push(block);
    else others.push(block);
    if (isWanted || !isResult(block)) kept.push(block);
  }
  return { kept, results, others };
}

function idsOf(
  { content }: AnthropicMessage,
  wanted: (block: AnthropicBlock) => boolean,
  field: string,
): readonly string[] {
  if (typeof content === 'string') return [];
  return content.flatMap((block) => {
    const id = block[field];
    return wanted(block) && typeof id === 'string' ? [id] : [];
  });
}

/** What a block is, and which call it belongs to. */
function markOf({ type, id, tool_use_id: answered, is_error: failed }: AnthropicBlock): string {
  if (type === 'tool_use') return `[tool call, id ${String(id)}] `;
  if (type === 'tool_result') return `[${failed === true ? 'error' : 'result'} of the tool call ${String(answered)}] `;
  return type === 'text' ? '' : `[${type}] `;
}

function textOfBlock(block: AnthropicBlock): string {
  const { text, thinking, content } = block;
  if (typeof text === 'string') return text;
  if (block.type === 'tool_use') return `${String(block.name)}(${JSON.stringify(block.input)})`;
  if (block.type === 'tool_result') return resultText(content);
  return typeof thinking === 'string' ? thinking : `[${block.type}]`;
}

function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isBlock(part) ? textOfBlock(part) : '')).join('\n');
}

function countBlock(block: AnthropicBlock, counter: TokenCounter): number {
  switch (block.type) {
    case 'text':
      return BLOCK_OVERHEAD + counter.count(String(block.text ?? ''));
    case 'tool_use':
      return BLOCK_OVERHEAD + 12 + counter.count(`${String(block.name)}${JSON.stringify(block.input ?? {})}`);
    case 'thinking':
      return BLOCK_OVERHEAD + counter.count(String(block.thinking ?? ''));
    case 'image':
    case 'document':
      return BLOCK_OVERHEAD + MEDIA;
    case 'tool_result': {
      const { content } = block;
      const inner = Array.isArray(content)
        ? content.reduce((sum: number, part: unknown) => sum + (isBlock(part) ? countBlock(part, counter) : 0), 0)
        : counter.count(String(content ?? ''));
      return BLOCK_OVERHEAD + 8 + inner;
    }
    default:
      return BLOCK_OVERHEAD + counter.count(JSON.stringify(block));
  }
}

function isBlock(value: unknown): value is AnthropicBlock {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
