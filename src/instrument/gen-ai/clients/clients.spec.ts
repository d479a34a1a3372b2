import { createServer } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { Registry } from 'prom-client';
import { configureInstrumentation } from '../../settings';
import { exposeMetrics } from '../../metrics/exposition';
import { startTestTracing } from '../../testing/test-tracing';
import { instrumentAnthropic } from './anthropic';
import { instrumentOpenAi } from './openai';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';

const registry = new Registry();
const tracing = startTestTracing();
const restore = configureInstrumentation({ registry });
let server: Server;
let url: string;

/** Answers in the providers' recorded shapes, by path and whether a stream is asked for. */
const ANTHROPIC_MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-5-20260301',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, cache_read_input_tokens: 90, cache_creation_input_tokens: 5, output_tokens: 12 },
};
const ANTHROPIC_EVENTS = [
  {
    type: 'message_start',
    message: { ...ANTHROPIC_MESSAGE, content: [], usage: { ...ANTHROPIC_MESSAGE.usage, output_tokens: 1 } },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hel' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 12 } },
  { type: 'message_stop' },
];
const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
  usage: { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107, prompt_tokens_details: { cached_tokens: 64 } },
};
const CHUNKS = [
  { delta: { role: 'assistant', content: '' } },
  { delta: { content: 'hel' } },
  { delta: { content: 'lo' } },
  { delta: {}, finish_reason: 'stop' },
].map((choice) => ({
  ...COMPLETION,
  object: 'chat.completion.chunk',
  usage: null,
  choices: [{ index: 0, ...choice }],
}));
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  model: 'gpt-4o-2024-08-06',
  status: 'completed',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] }],
  usage: { input_tokens: 20, output_tokens: 5, total_tokens: 25, output_tokens_details: { reasoning_tokens: 3 } },
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      if (body.includes('refuse')) {
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
        return;
      }
      const stream = body.includes('"stream":true');
      response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      if (path.endsWith('/messages')) {
        if (!stream) response.end(JSON.stringify(ANTHROPIC_MESSAGE));
        else response.end(ANTHROPIC_EVENTS.map((e) => `event: ${e.type}\ndata: ${JSON.stringify(e)}\n\n`).join(''));
      } else if (path.endsWith('/responses')) response.end(JSON.stringify(RESPONSE));
      else if (!stream) response.end(JSON.stringify(COMPLETION));
      else {
        const last = { ...COMPLETION, object: 'chat.completion.chunk', choices: [] };
        response.end([...CHUNKS, last].map((e) => `data: ${JSON.stringify(e)}\n\n`).join('') + 'data: [DONE]\n\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  restore();
  await tracing.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => tracing.clear());

const anthropic = (): Anthropic => instrumentAnthropic(new Anthropic({ apiKey: 'k', baseURL: url, maxRetries: 0 }));
const openai = (): OpenAI => instrumentOpenAi(new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 }));
const prompt = { model: 'claude-sonnet-5', max_tokens: 50, messages: [{ role: 'user' as const, content: 'hi' }] };
const chat = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] };

const ANTHROPIC_ATTRIBUTES = {
  'gen_ai.provider.name': 'anthropic',
  'gen_ai.request.model': 'claude-sonnet-5',
  'gen_ai.response.model': 'claude-sonnet-5-20260301',
  'gen_ai.response.id': 'msg_1',
  'gen_ai.response.finish_reasons': ['end_turn'],
  'gen_ai.usage.input_tokens': 105,
  'gen_ai.usage.cache_read.input_tokens': 90,
  'gen_ai.usage.cache_write.input_tokens': 5,
  'gen_ai.usage.output_tokens': 12,
  'server.address': '127.0.0.1',
};

test('Anthropic: an answer', async () => {
  const message = await anthropic().messages.create(prompt);
  expect(message.content).toEqual(ANTHROPIC_MESSAGE.content);
  const [span] = tracing.spans();
  expect(span?.name).toBe('chat claude-sonnet-5');
  expect(span?.attributes).toMatchObject(ANTHROPIC_ATTRIBUTES);
  expect(span?.attributes['gen_ai.usage.cost.amount']).toBeGreaterThan(0);
  expect(JSON.stringify(span?.attributes)).not.toContain('hello');
});

test('Anthropic: a stream, read to its end', async () => {
  const stream = await anthropic().messages.create({ ...prompt, stream: true });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  expect(types).toEqual(ANTHROPIC_EVENTS.map((event) => event.type));
  const [span] = tracing.spans();
  expect(span?.attributes).toMatchObject({ ...ANTHROPIC_ATTRIBUTES, 'gen_ai.request.stream': true });
  expect(span?.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
  expect(span?.attributes['telltale.time_to_first_token_seconds']).toBeGreaterThan(0);
});

test('Anthropic: the stream helper, with and without the raw response', async () => {
  const final = await anthropic().messages.stream(prompt).finalMessage();
  expect(final.usage.output_tokens).toBe(12);
  const { response } = await anthropic().messages.create(prompt).withResponse();
  expect(response.status).toBe(200);
  const raw = await anthropic().messages.create(prompt).asResponse();
  await expect(raw.json()).resolves.toMatchObject({ id: 'msg_1' });
  const spans = tracing.spans();
  expect(spans).toHaveLength(3);
  expect(spans[0]?.attributes).toMatchObject(ANTHROPIC_ATTRIBUTES);
  expect(spans[1]?.attributes).toMatchObject(ANTHROPIC_ATTRIBUTES);
});

test('Anthropic: a refusal', async () => {
  const refused = anthropic().messages.create({ ...prompt, messages: [{ role: 'user', content: 'refuse' }] });
  await expect(refused).rejects.toThrow(/400/);
  const [span] = tracing.spans();
  expect(span).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'BadRequestError' } });
});

const OPENAI_ATTRIBUTES = {
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.cache_read.input_tokens': 64,
  'gen_ai.usage.output_tokens': 7,
};

test('OpenAI: an answer, a stream, a stream left early, the responses interface', async () => {
  const client = openai();
  await expect(client.chat.completions.create(chat)).resolves.toMatchObject({ id: 'chatcmpl-1' });
  const stream = await client.chat.completions.create({
    ...chat,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('hello');
  const left = await client.chat.completions.create({ ...chat, stream: true });
  for await (const chunk of left) if (chunk.choices[0]?.delta.content === 'hel') break;
  await client.responses.create({ model: 'gpt-4o', input: 'hi' });
  const [answer, streamed, cancelled, response] = tracing.spans();
  expect(answer?.attributes).toMatchObject({ ...OPENAI_ATTRIBUTES, 'openai.api.type': 'chat_completions' });
  expect(streamed?.attributes).toMatchObject({ ...OPENAI_ATTRIBUTES, 'gen_ai.request.stream': true });
  expect(cancelled?.attributes).toMatchObject({ 'telltale.outcome': 'cancelled' });
  expect(response?.attributes).toMatchObject({
    'openai.api.type': 'responses',
    'gen_ai.usage.input_tokens': 20,
    'gen_ai.usage.reasoning.output_tokens': 3,
  });
});

test('OpenAI: the parse helper', async () => {
  const parsed = await openai().chat.completions.parse(chat);
  expect(parsed.choices[0]?.message.content).toBe('hello');
  expect(tracing.spans()[0]?.attributes).toMatchObject(OPENAI_ATTRIBUTES);
});

test('content is written only where capture is on', async () => {
  const off = configureInstrumentation({ captureContent: true });
  await anthropic().messages.create(prompt);
  off();
  const attributes = tracing.spans()[0]?.attributes ?? {};
  expect(JSON.parse(String(attributes['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'hi' }] },
  ]);
  expect(JSON.parse(String(attributes['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'hello' }], finish_reason: 'end_turn' },
  ]);
});

test('metrics have the names of both editions', async () => {
  const text = await exposeMetrics(registry);
  for (const name of [
    'gen_ai_client_operation_duration_seconds',
    'gen_ai_client_inference_duration_seconds',
    'gen_ai_client_token_usage',
    'gen_ai_client_inference_usage_input_tokens_total',
    'gen_ai_client_inference_usage_cache_read_input_tokens_total',
    'gen_ai_client_operation_time_to_first_chunk_seconds',
    'telltale_tokens_total',
    'telltale_cost_usd_total',
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
});
