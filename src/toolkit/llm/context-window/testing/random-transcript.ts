import type { Random } from '../../../../base/ids';
import type { TokenCounter } from '../token-counter';
import type { AnthropicBlock, AnthropicMessage } from '../formats/anthropic';
import type { OpenAiMessage } from '../formats/openai';

/** Four characters a token: cheap, for simulations. */
export const charCounter: TokenCounter = {
  name: 'characters',
  errorRatio: 0,
  count: (text) => Math.ceil(text.length / 4),
};

const WORDS = ['alpha', 'beta', 'gamma', 'delta', 'of', 'the', 'file', 'is', 'read', 'and', 'changed', 'ok', 'no'];

function words(random: Random, most: number): string {
  const count = 1 + Math.floor(random() ** 2 * most);
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)] ?? '').join(' ');
}

/** Turns of a person, each with some rounds of tool calls, several at once at times, then an answer. */
export function randomAnthropic(random: Random, turns: number): AnthropicMessage[] {
  const messages: AnthropicMessage[] = [];
  let id = 0;
  for (let turn = 0; turn < turns; turn++) {
    const text = words(random, 60);
    messages.push({ role: 'user', content: random() < 0.5 ? text : [{ type: 'text', text }] });
    while (random() < 0.55) {
      const calls = Array.from({ length: 1 + Math.floor(random() * 3) }, () => `toolu_${++id}`);
      const content: AnthropicBlock[] = [];
      if (random() < 0.3) content.push({ type: 'thinking', thinking: words(random, 30), signature: 'c2ln' });
      if (random() < 0.5) content.push({ type: 'text', text: words(random, 10) });
      content.push(
        ...calls.map((call) => ({ type: 'tool_use', id: call, name: 'read_file', input: { path: words(random, 2) } })),
      );
      messages.push({ role: 'assistant', content });
      const results: AnthropicBlock[] = calls.map((call) => ({
        type: 'tool_result',
        tool_use_id: call,
        content: random() < 0.5 ? words(random, 120) : [{ type: 'text', text: words(random, 120) }],
      }));
      if (random() < 0.1) results.push({ type: 'text', text: words(random, 10) });
      messages.push({ role: 'user', content: results });
    }
    messages.push({ role: 'assistant', content: [{ type: 'text', text: words(random, 80) }] });
  }
  if (random() < 0.7) messages.push({ role: 'user', content: words(random, 20) });
  return messages;
}

/** The same in OpenAI's shape. */
export function randomOpenAi(random: Random, turns: number): OpenAiMessage[] {
  const messages: OpenAiMessage[] = [];
  if (random() < 0.7) messages.push({ role: random() < 0.5 ? 'system' : 'developer', content: words(random, 20) });
  let id = 0;
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: 'user', content: words(random, 60) });
    while (random() < 0.55) {
      const calls = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        id: `call_${++id}`,
        type: 'function',
        function: { name: 'read_file', arguments: JSON.stringify({ path: words(random, 2) }) },
      }));
      messages.push({ role: 'assistant', content: random() < 0.5 ? null : words(random, 10), tool_calls: calls });
      for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: words(random, 120) });
    }
    messages.push({ role: 'assistant', content: words(random, 80) });
  }
  if (random() < 0.7) messages.push({ role: 'user', content: words(random, 20) });
  return messages;
}
