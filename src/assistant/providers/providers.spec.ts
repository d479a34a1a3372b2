import { systemClock } from '../../base/clock';
import { ManualClock } from '../../base/testing/manual-clock';
import { Secret } from '../../base/secret';
import { textMessage } from '../messages';
import { AnthropicProvider } from './anthropic';
import { OpenAiCompatibleProvider } from './openai-compatible';
import { SimulatedProvider } from './simulated';
import { readEvents } from './sse-reader';
import type { Message } from '../messages';
import type { HttpSender } from './http-sender';
import type { ModelEvent, ModelProvider, ModelRequest } from './provider';

const request: ModelRequest = {
  model: 'm',
  conversationId: 'c',
  system: 'Be brief.',
  messages: [
    textMessage('user', 'hi'),
    { role: 'assistant', content: [{ type: 'tool_use', id: 't0', name: 'list_dir', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't0', content: 'a.ts' }] },
  ],
  tools: [{ name: 'list_dir', description: 'Lists.', inputSchema: { type: 'object' } }],
  maxTokens: 100,
};

/** Answers every post with that text, cut into small pieces, and keeps what was posted. */
function sender(status: number, text: string): HttpSender & { readonly posted: unknown[] } {
  const posted: unknown[] = [];
  return {
    posted,
    post: (_url, headers, body) => {
      posted.push(headers, body);
      const bytes = Buffer.from(text);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(at * 7, at * 7 + 7));
      return Promise.resolve({ status, body: iterate(pieces) });
    },
    close: () => Promise.resolve(),
  };
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function read(provider: ModelProvider): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of provider.stream(request, new AbortController().signal)) events.push(event);
  return events;
}

const anthropicStream = [
  [
    'message_start',
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        model: 'm-1',
        usage: { input_tokens: 10, cache_read_input_tokens: 90, cache_creation_input_tokens: 5, output_tokens: 1 },
      },
    },
  ],
  ['ping', { type: 'ping' }],
  ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
  ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hé' } }],
  ['content_block_stop', { index: 0 }],
  ['content_block_start', { index: 1, content_block: { type: 'tool_use', id: 't1', name: 'read_file', input: {} } }],
  ['content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '{"path":' } }],
  ['content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '"a.ts"}' } }],
  ['content_block_stop', { index: 1 }],
  ['message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 42 } }],
  ['message_stop', { type: 'message_stop' }],
]
  .map(([event, data]) => `event: ${String(event)}\ndata: ${JSON.stringify(data)}\n\n`)
  .join('');

test('Anthropic: text, tools and usage out of a stream in pieces', async () => {
  const http = sender(200, anthropicStream);
  const provider = new AnthropicProvider({ apiKey: new Secret('k'), models: ['m'] }, http);
  expect(await read(provider)).toEqual([
    { type: 'text', text: 'Hé' },
    { type: 'tool_use', id: 't1', name: 'read_file', input: { path: 'a.ts' } },
    {
      type: 'end',
      stopReason: 'tool_use',
      responseId: 'msg_1',
      model: 'm-1',
      usage: { input: 105, uncached: 10, cacheRead: 90, cacheWrite: 5, output: 42 },
    },
  ]);
  expect(http.posted).toMatchObject([
    { 'x-api-key': 'k' },
    { messages: request.messages, stream: true, max_tokens: 100 },
  ]);
});

test('OpenAI-compatible: the same, with tool results as messages of their own', async () => {
  const chunks = [
    { id: 'c1', model: 'm-1', choices: [{ delta: { content: 'Yes' } }] },
    {
      choices: [
        { delta: { tool_calls: [{ index: 0, id: 't1', function: { name: 'read_file', arguments: '{"pa' } }] } },
      ],
    },
    {
      choices: [
        { delta: { tool_calls: [{ index: 0, function: { arguments: 'th":"a"}' } }] }, finish_reason: 'tool_calls' },
      ],
    },
    {
      choices: [],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 20,
        prompt_tokens_details: { cached_tokens: 60 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
    },
  ];
  const http = sender(200, chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('') + 'data: [DONE]\n\n');
  const provider = new OpenAiCompatibleProvider({ baseUrl: 'http://x/v1/', models: ['m'] }, http);
  expect(await read(provider)).toEqual([
    { type: 'text', text: 'Yes' },
    { type: 'tool_use', id: 't1', name: 'read_file', input: { path: 'a' } },
    {
      type: 'end',
      stopReason: 'tool_calls',
      responseId: 'c1',
      model: 'm-1',
      usage: { input: 100, uncached: 40, cacheRead: 60, output: 20, reasoning: 5 },
    },
  ]);
  expect(http.posted[1]).toMatchObject({
    messages: [
      { role: 'system' },
      { role: 'user', content: 'hi' },
      { role: 'assistant', tool_calls: [{ id: 't0' }] },
      { role: 'tool', tool_call_id: 't0', content: 'a.ts' },
    ],
  });
});

test.each([
  ['an error status', 529, 'overloaded', { status: 529, retryable: true }],
  ['a refused key', 401, 'no', { status: 401, retryable: false }],
  ['an error in the stream', 200, 'event: error\ndata: {"type":"error"}\n\n', { code: 'MODEL_PROVIDER' }],
  ['no JSON', 200, 'event: message_start\ndata: nonsense\n\n', { code: 'MODEL_PROVIDER' }],
  ['an empty answer', 200, '', { code: 'MODEL_PROVIDER' }],
])('%s is a provider error', async (_name, status, text, want) => {
  const provider = new AnthropicProvider({ apiKey: new Secret('k'), models: ['m'] }, sender(status, text));
  await expect(read(provider)).rejects.toMatchObject(want);
});

test('server-sent events, however they are cut and ended', async () => {
  const text = ': hello\r\nevent: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata:3\n\nevent: empty\n\ndata: last';
  const events: unknown[] = [];
  for await (const event of readEvents(iterate([...text].map((letter) => Buffer.from(letter))))) events.push(event);
  expect(events).toEqual([
    { event: 'a', data: '1\n2' },
    { event: 'message', data: '3' },
    { event: 'message', data: 'last' },
  ]);
});

describe('the simulated provider', () => {
  const ask = async (messages: readonly Message[], seed = 3) => {
    const provider = new SimulatedProvider(systemClock, { seed, speed: 10_000 });
    const events: ModelEvent[] = [];
    for await (const event of provider.stream(
      { ...request, system: 'S'.repeat(2_000), messages },
      new AbortController().signal,
    ))
      events.push(event);
    return { provider, events };
  };

  test('gives equal answers for equal seeds, and keeps the token identity', async () => {
    const messages = [textMessage('user', 'Where is `priceOrder` used?')];
    const [one, two] = [await ask(messages), await ask(messages)];
    expect(one.events).toEqual(two.events);
    const end = one.events.at(-1);
    if (end?.type !== 'end') throw new Error('no end');
    const { input = 0, uncached = 0, cacheRead = 0, cacheWrite = 0 } = end.usage;
    expect(input).toBe(uncached + cacheRead + cacheWrite);
    const again: ModelEvent[] = [];
    for await (const event of one.provider.stream(
      { ...request, system: 'S'.repeat(2_000), messages },
      new AbortController().signal,
    ))
      again.push(event);
    const cached = again.at(-1);
    expect(cached?.type === 'end' && (cached.usage.cacheRead ?? 0)).toBeGreaterThan(300);
  });

  test('an abort ends its wait', async () => {
    const provider = new SimulatedProvider(new ManualClock(), { seed: 1 });
    const abort = new AbortController();
    const next = provider.stream(request, abort.signal).next();
    abort.abort(new Error('left'));
    await expect(next).rejects.toThrow('left');
  });
});
