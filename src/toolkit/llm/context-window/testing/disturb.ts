import type { Random } from '../../../../base/ids';
import type { AnthropicBlock, AnthropicMessage } from '../formats/anthropic';
import type { OpenAiMessage } from '../formats/openai';

type Disturb<M> = (messages: M[], at: number, random: Random) => void;

const IMAGE: AnthropicBlock = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo='.repeat(40) },
};
const BLANKS: readonly AnthropicMessage['content'][] = ['', '  \n', [], [{ type: 'text', text: '' }]];
const LONG = 'a very long line of a log that nobody will read again; '.repeat(60);
const WIDE = '漢字と絵文字 👩‍👩‍👧‍👦 und Umlaute äöü — Ωμέγα '.repeat(8);

const blocksOf = ({ content }: AnthropicMessage): AnthropicBlock[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : [...content];
const isResult = ({ type }: AnthropicBlock): boolean => type === 'tool_result';
const withResults = (messages: readonly AnthropicMessage[], from: number): number =>
  messages.findIndex((message, index) => index >= from && blocksOf(message).some(isResult));

/** What goes wrong, or is only unusual, in transcripts of Anthropic's API. */
const ANTHROPIC: readonly Disturb<AnthropicMessage>[] = [
  (messages, at) => void messages.splice(at, 1),
  (messages, at, random) =>
    void messages.splice(at, 0, { role: 'user', content: BLANKS[Math.floor(random() * BLANKS.length)] ?? '' }),
  (messages, at) => void messages.splice(at, 0, { role: 'assistant', content: [] }),
  (messages, at) =>
    void messages.splice(at, 0, { role: 'user', content: [IMAGE, { type: 'text', text: 'what is it?' }] }),
  (messages, at) => void messages.splice(at, 0, { role: 'user', content: LONG }),
  (messages, at) => void messages.splice(at, 0, { role: 'user', content: WIDE }),
  (messages, at) => void messages.splice(at, 0, { role: 'assistant', content: 'One thing more.' }),
  (messages) => void messages.splice(0, 1),
  // Results of one turn in two messages.
  (messages, from) => {
    const at = withResults(messages, from);
    const message = messages[at];
    if (message === undefined) return;
    const [first, ...rest] = blocksOf(message);
    if (first === undefined || rest.length === 0) return;
    messages.splice(at, 1, { role: 'user', content: [first] }, { role: 'user', content: rest });
  },
  // A result that comes after the model spoke again.
  (messages, from) => {
    const at = withResults(messages, from);
    const message = messages[at];
    if (message === undefined) return;
    const [first, ...rest] = blocksOf(message);
    if (first === undefined || rest.length === 0) return;
    const said: AnthropicMessage = { role: 'assistant', content: 'Still waiting.' };
    messages.splice(at, 1, { role: 'user', content: [first] }, said, { role: 'user', content: rest });
  },
  // Repeated, foreign, and misplaced results.
  (messages, from) => {
    const at = withResults(messages, from);
    const message = messages[at];
    if (message !== undefined) messages[at] = { ...message, content: [...blocksOf(message), ...blocksOf(message)] };
  },
  (messages, from) => {
    const at = withResults(messages, from);
    const message = messages[at];
    const foreign = { type: 'tool_result', tool_use_id: 'toolu_nobody', content: 'x' };
    if (message !== undefined) messages[at] = { ...message, content: [foreign, ...blocksOf(message)] };
  },
  (messages, from) => {
    const at = withResults(messages, from);
    const message = messages[at];
    const said = { type: 'text', text: 'Here it is:' };
    if (message !== undefined) messages[at] = { ...message, content: [said, ...blocksOf(message), IMAGE] };
  },
  (messages, at) =>
    void messages.splice(at, 0, {
      role: 'assistant',
      content: [
        { type: 'redacted_thinking', data: 'b3BhcXVl' },
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        { type: 'text', text: 'Found it.' },
      ],
    }),
];

const withTool = (messages: readonly OpenAiMessage[], from: number): number =>
  messages.findIndex(({ role }, index) => index >= from && role === 'tool');

/** The same for OpenAI's. */
const OPENAI: readonly Disturb<OpenAiMessage>[] = [
  (messages, at) => void messages.splice(at, 1),
  (messages, at) => void messages.splice(at, 0, { role: 'assistant', content: null }),
  (messages, at) => void messages.splice(at, 0, { role: 'assistant', content: 'No calls.', tool_calls: [] }),
  (messages, at) => void messages.splice(at, 0, { role: 'user', content: [] }),
  (messages, at) => void messages.splice(at, 0, { role: 'user', content: LONG }),
  (messages, at) => void messages.splice(at, 0, { role: 'user', content: WIDE, name: 'alice' }),
  // Instructions anywhere, between calls and their results too.
  (messages, at) => void messages.splice(at, 0, { role: 'system', content: 'From now on, answer in French.' }),
  (messages, at) =>
    void messages.splice(at, 0, {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        { type: 'text', text: 'what is it?' },
      ],
    }),
  // Something said between the results of one turn.
  (messages, from) => {
    const at = withTool(messages, from);
    if (at >= 0) messages.splice(at, 0, { role: 'user', content: 'Hurry up.' });
  },
  (messages, from) => {
    const at = withTool(messages, from);
    if (at >= 0) messages.splice(at, 0, { role: 'tool', tool_call_id: 'call_nobody', content: 'x' });
  },
  (messages, from) => {
    const at = withTool(messages, from);
    const message = messages[at];
    if (message !== undefined) messages.splice(at, 0, { ...message });
  },
  (messages, from) => {
    const at = withTool(messages, from);
    const [message] = at < 0 ? [] : messages.splice(at, 1);
    if (message !== undefined) messages.splice(Math.min(messages.length, at + 2), 0, message);
  },
];

function disturb<M>(messages: M[], ways: readonly Disturb<M>[], random: Random): void {
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const way = ways[Math.floor(random() * ways.length)];
    way?.(messages, Math.floor(random() * messages.length), random);
  }
}

/** Does up to four unusual things to a transcript, in place. */
export function disturbAnthropic(messages: AnthropicMessage[], random: Random): void {
  disturb(messages, ANTHROPIC, random);
}

/** The same for one of OpenAI's. */
export function disturbOpenAi(messages: OpenAiMessage[], random: Random): void {
  disturb(messages, OPENAI, random);
}
