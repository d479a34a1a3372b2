import { ManualClock } from '../base/testing/manual-clock';
import { noTelemetry } from '../base/telemetry';
import { ModelSelector, RequestBatcher } from '../toolkit/llm';
import { ContextFitter } from './context-fitter';
import { textMessage } from './messages';
import { ModelCaller, executeCall } from './model-caller';
import type { ModelAnswer, QueuedCall } from './model-caller';
import type { ModelProvider } from './providers/provider';

const MODEL = 'claude-sonnet-4-5';
const chat = { message: 'Thanks.', urgency: 'normal', client: 'test', model: undefined } as const;
const open = {
  conversationId: 'c',
  system: 's',
  messages: [textMessage('user', 'Thanks.')],
  tools: [],
  maxTokens: 600,
};

/** A model whose answers are so long; it hangs when there is no length. */
function setUp(output: number | undefined) {
  const clock = new ManualClock();
  const common = { clock, telemetry: noTelemetry };
  const provider: ModelProvider = {
    name: 'anthropic',
    models: [MODEL],
    stream: async function* (_request, signal) {
      if (output === undefined) await clock.sleep(1e9, signal);
      const usage = { input: 100, uncached: 100, output: output ?? 0 };
      yield { type: 'end', stopReason: 'end_turn', responseId: 'r', model: MODEL, usage };
    },
  };
  const candidates = [{ model: MODEL, provider: 'anthropic', capabilities: ['tools'] }];
  const selector = new ModelSelector({ name: 'test', candidates, exploration: 'none', ...common });
  const queue = new RequestBatcher<QueuedCall, ModelAnswer, string>({
    name: 'test',
    maxItems: 1,
    window: 0,
    spans: false,
    execute: (items) =>
      Promise.all(items.map((item) => executeCall(provider, item.input, (text) => item.emit(text), item.signal))),
    ...common,
  });
  const caller = new ModelCaller(provider, new ContextFitter(clock, 1_000), selector, queue);
  const call = (signal = new AbortController().signal): Promise<ModelAnswer> =>
    caller.call(open, chat, () => undefined, signal);
  return { clock, selector, queue, call };
}

test('the selector learns what calls cost, by the tokens they used', async () => {
  const { clock, selector, call } = setUp(6_000);
  const expected = (): number =>
    selector.select({ inputTokens: 100, outputTokens: 600 }).scores[0]?.expectedCostUsd ?? NaN;
  const listed = expected();
  for (let count = 0; count < 20; count++) {
    const answer = call();
    await clock.advance(1);
    await answer;
  }
  // Answers are ten times as long as was expected, and cost accordingly.
  expect(expected() / listed).toBeGreaterThan(3);
});

test('a client that leaves ends its call and is not held against the model', async () => {
  const { clock, selector, queue, call } = setUp(undefined);
  const abort = new AbortController();
  const answer = call(abort.signal);
  answer.catch(() => undefined);
  await clock.advance(1);
  abort.abort(new Error('left'));
  await expect(answer).rejects.toThrow('left');
  await clock.advance(1);
  expect(selector.breakerOf(MODEL)).toBe('closed');
  await queue.close();
  expect(clock.pending).toBe(0);
});
