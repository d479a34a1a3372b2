import { noTelemetry } from '../../../base/telemetry';
import { ManualClock } from '../../../base/testing/manual-clock';
import { seededRandom } from '../../../base/ids';
import { startTestTracing } from '../../../instrument/testing/test-tracing';
import { ContextWindow } from './context-window';
import { growConversation } from './testing/growing';
import { anthropicBreaches, openAiBreaches } from './testing/pairing-rules';
import { charCounter, randomAnthropic } from './testing/random-transcript';
import { CalibratedCounter, encodingOf, openAiCounter } from './token-counter';
import type { ContextWindowOptions } from './context-window';
import type { AnthropicMessage } from './formats/anthropic';
import type { OpenAiMessage } from './formats/openai';

function anthropic(options: Partial<ContextWindowOptions<AnthropicMessage>> = {}) {
  return ContextWindow.anthropic({
    name: 'test',
    maxTokens: 1_000,
    outputReserve: 100,
    counter: charCounter,
    telemetry: noTelemetry,
    clock: new ManualClock(),
    ...options,
  });
}

const transcript = randomAnthropic(seededRandom(3), 30);

test('what fits comes back as the very same array', async () => {
  const messages = transcript.slice(0, 2);
  expect((await anthropic().fit({ messages })).messages).toBe(messages);
});

test('the oldest stay the same as the conversation grows, so that a prompt cache lives', async () => {
  const window = anthropic();
  const heads: string[] = [];
  for (const end of [40, 44, 50, 60]) {
    const { messages, elided } = await window.fit({ messages: transcript.slice(0, end) });
    expect(elided).toBeGreaterThan(0);
    const note = messages.findIndex(({ content }) => JSON.stringify(content).includes('were left out here'));
    expect(note).toBeGreaterThan(0);
    heads.push(JSON.stringify(messages.slice(0, note)));
  }
  expect(new Set(heads).size).toBe(1);
});

test.each([
  [0.04, 0.5, 0.95],
  [0.2, 0.8, 0.79],
])('with a step of %d most calls send all that the one before did, and more', async (stepRatio, extended, fill) => {
  const messages = randomAnthropic(seededRandom(9), 120);
  const ends = messages.flatMap(({ role }, index) => (role === 'user' ? [index + 1] : []));
  const report = await growConversation(anthropic({ maxTokens: 8_000, stepRatio }), messages, ends);
  expect(report.calls).toBeGreaterThan(50);
  expect(report.extended / report.calls).toBeGreaterThan(extended);
  expect(report.leastFill).toBeGreaterThanOrEqual(fill);
});

test('what has to be sent is sent even when nothing else fits beside it', async () => {
  const end = transcript.findLastIndex(({ content }, index) => index < 40 && typeof content === 'string');
  const newest = { role: 'user', content: 'x'.repeat(4 * 880) } satisfies AnthropicMessage;
  const { messages } = await anthropic().fit({ messages: [...transcript.slice(0, end), newest] });
  expect(messages.at(-1)).toBe(newest);
});

test('pinned messages stay, with what they belong to', async () => {
  const window = anthropic({ isPinned: (_, index) => index === 20 });
  const { messages } = await window.fit({ messages: transcript.slice(0, 50) });
  expect(messages).toContainEqual(transcript[20]);
  expect(anthropicBreaches(messages)).toEqual([]);
});

test('older turns are summarised by a model, once per part', async () => {
  let calls = 0;
  const window = anthropic({
    summary: {
      chunkTokens: 300,
      maxTokens: 30,
      callsPerFit: 10,
      summarize: async () => `part ${++calls} in short`,
    },
  });
  const first = await window.fit({ messages: transcript.slice(0, 50) });
  expect(first.summaries).toBeGreaterThan(0);
  expect(JSON.stringify(first.messages)).toContain('Summary: part 1 in short');
  const before = calls;
  expect(await window.fit({ messages: transcript.slice(0, 50) })).toEqual(first);
  expect(calls).toBe(before);
});

test.each([
  ['fails', () => Promise.reject(new Error('no model'))],
  ['hangs', () => new Promise<string>(() => undefined)],
])('a summary that %s falls back to a digest', async (_name, summarize) => {
  const clock = new ManualClock();
  const window = anthropic({ clock, summary: { summarize, chunkTokens: 300, timeout: 50, callsPerFit: 1 } });
  const fitting = window.fit({ messages: transcript.slice(0, 50) });
  await clock.advance(50);
  const { summaries, tokens, budget, messages } = await fitting;
  expect(summaries).toBe(0);
  expect(tokens / budget).toBeGreaterThan(0.95);
  expect(anthropicBreaches(messages)).toEqual([]);
});

test('what cannot fit is an error that says so', async () => {
  await expect(anthropic().fit({ system: 'x'.repeat(5_000), messages: transcript })).rejects.toMatchObject({
    code: 'CONTEXT_OVERFLOW',
  });
});

const use = (id: string) => ({ type: 'tool_use', id, name: 't', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: `of ${id}` });

test.each<[string, AnthropicMessage[], number]>([
  [
    'a result without a call',
    [
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'x', content: '' },
          { type: 'text', text: 'hi' },
        ],
      },
    ],
    1,
  ],
  [
    'a call without a result',
    [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 't', input: {} }] },
      { role: 'user', content: 'stop' },
    ],
    1,
  ],
  [
    'one result of two',
    [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 't', input: {} },
          { type: 'tool_use', id: 'b', name: 't', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'b', content: 'ok' }] },
    ],
    1,
  ],
  [
    'a result apart from the others of its turn',
    [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [use('a'), use('b')] },
      { role: 'user', content: [result('a')] },
      { role: 'user', content: [result('b'), { type: 'text', text: 'and?' }] },
    ],
    1,
  ],
  [
    'a result that comes after the model spoke again',
    [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [use('a'), use('b')] },
      { role: 'user', content: [result('a')] },
      { role: 'assistant', content: 'still waiting' },
      { role: 'user', content: [result('b')] },
      { role: 'assistant', content: 'done' },
    ],
    1,
  ],
  [
    'a result given twice, behind a text',
    [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [use('a')] },
      { role: 'user', content: [{ type: 'text', text: 'here:' }, result('a'), result('a')] },
      { role: 'assistant', content: 'done' },
    ],
    2,
  ],
  [
    'what says nothing',
    [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [] },
      { role: 'user', content: [{ type: 'text', text: ' ' }] },
      { role: 'assistant', content: 'done' },
    ],
    2,
  ],
])('%s is mended', async (_name, messages, repaired) => {
  const fitted = await anthropic().fit({ messages });
  expect(fitted.repaired).toBe(repaired);
  expect(anthropicBreaches(fitted.messages)).toEqual([]);
});

test('OpenAI transcripts are mended too', async () => {
  const window = ContextWindow.openai({
    name: 't',
    maxTokens: 1_000,
    outputReserve: 0,
    counter: charCounter,
    telemetry: noTelemetry,
  });
  const call = (id: string) => ({ id, type: 'function', function: { name: 't', arguments: '{}' } });
  const messages: OpenAiMessage[] = [
    { role: 'tool', tool_call_id: 'lost', content: 'x' },
    { role: 'user', content: 'go' },
    { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
    { role: 'tool', tool_call_id: 'b', content: 'x' },
    { role: 'user', content: 'and?' },
  ];
  const fitted = await window.fit({ messages });
  expect(openAiBreaches(fitted.messages)).toEqual([]);
  expect(fitted.repaired).toBe(2);
});

describe('counting', () => {
  test('is exact for OpenAI, whatever the text looks like', () => {
    expect(openAiCounter('cl100k_base').count('hello world')).toBe(2);
    expect(openAiCounter('o200k_base').count('<|endoftext|>')).toBeGreaterThan(1);
    expect([encodingOf('gpt-4o-mini'), encodingOf('gpt-4'), encodingOf('claude-sonnet-4-5')]).toEqual([
      'o200k_base',
      'cl100k_base',
      undefined,
    ]);
  });

  test('learns from reports, and says how far it is off', () => {
    const truth = openAiCounter('o200k_base');
    const counter = new CalibratedCounter('claude');
    expect(counter.errorRatio).toBe(0.25);
    const texts = transcript.slice(0, 40).map((message) => JSON.stringify(message));
    for (const text of texts) counter.observe(counter.count(text), truth.count(text));
    expect(counter.errorRatio).toBeLessThan(0.25);
    const all = texts.join('\n');
    expect(Math.abs(counter.count(all) / truth.count(all) - 1)).toBeLessThan(0.1);
  });
});

describe('a summary that does not end', () => {
  const setUp = () => {
    const reasons: unknown[] = [];
    const window = anthropic({
      summary: {
        chunkTokens: 100,
        // Does not care for its signal.
        summarize: (_messages, { signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason));
          return new Promise(() => undefined);
        },
      },
    });
    return { window, reasons };
  };

  test('ends with its caller', async () => {
    const { window, reasons } = setUp();
    const abort = new AbortController();
    const fitting = window.fit({ messages: transcript }, abort.signal);
    const left = new Error('the caller left');
    abort.abort(left);
    await expect(fitting).rejects.toBe(left);
    await expect(window.fit({ messages: transcript }, abort.signal)).rejects.toBe(left);
    expect(reasons.every((reason) => reason === left)).toBe(true);
  });

  test('ends with the window, which takes no more', async () => {
    const { window, reasons } = setUp();
    const fitting = [1, 2].map(() => window.fit({ messages: transcript }));
    const ended = Promise.allSettled(fitting);
    await Promise.resolve();
    await Promise.resolve();
    await window[Symbol.asyncDispose]();
    expect(await ended).toMatchObject(Array(2).fill({ status: 'rejected', reason: { code: 'TOOLKIT_CLOSED' } }));
    expect(reasons.length).toBeGreaterThan(0);
    await expect(window.fit({ messages: [] })).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });
  });
});

test('shortening is a span; what fits makes none', async () => {
  const tracing = startTestTracing();
  const window = anthropic();
  await window.fit({ messages: transcript.slice(0, 2) });
  expect(tracing.spans()).toEqual([]);
  await window.fit({ messages: transcript });
  const names = tracing.spans().map(({ name }) => name);
  await tracing.stop();
  expect(names).toEqual(['fit test']);
});
