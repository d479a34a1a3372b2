import type { AnthropicMessage } from '../formats/anthropic';
import type { OpenAiMessage } from '../formats/openai';

/** Breaches of the rules of Anthropic's Messages API about turns and tool calls; empty when all is well. */
export function anthropicBreaches(messages: readonly AnthropicMessage[]): string[] {
  const found: string[] = [];
  if (messages[0] !== undefined && messages[0].role !== 'user') found.push('the first message is not the user’s');
  messages.forEach((message, at) => {
    const before = messages[at - 1];
    if (before?.role === message.role) found.push(`${at}: two messages of ${message.role} in a row`);
    const blocks = typeof message.content === 'string' ? [] : message.content;
    if (message.content.length === 0) found.push(`${at}: empty`);
    const results = blocks.filter(({ type }) => type === 'tool_result').map((block) => block.tool_use_id);
    const called = new Set(callsOf(before));
    for (const id of results) if (!called.delete(id)) found.push(`${at}: result ${String(id)} without its call before`);
    for (const id of called) found.push(`${at}: call ${String(id)} without its result after`);
    const firstOther = blocks.findIndex(({ type }) => type !== 'tool_result');
    if (firstOther >= 0 && blocks.slice(firstOther).some(({ type }) => type === 'tool_result')) {
      found.push(`${at}: a result after other content`);
    }
  });
  return found;
}

function callsOf(message: AnthropicMessage | undefined): unknown[] {
  if (message === undefined || typeof message.content === 'string') return [];
  return message.content.filter(({ type }) => type === 'tool_use').map(({ id }) => id);
}

/** Breaches of the rules of OpenAI's Chat Completions about tool calls; empty when all is well. */
export function openAiBreaches(messages: readonly OpenAiMessage[]): string[] {
  const found: string[] = [];
  let open = new Set<string>();
  messages.forEach((message, at) => {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id ?? '')) found.push(`${at}: result without its call before`);
      return;
    }
    for (const id of open) found.push(`${at}: call ${id} without its result`);
    open = new Set((message.tool_calls ?? []).map(({ id }) => id));
  });
  return found;
}
