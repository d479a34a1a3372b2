import { chatOnce } from './chat-client';
import { startAssistant } from './assistant.module';
import type { RunningAssistant } from './assistant.module';

describe('the assistant over HTTP', () => {
  let assistant: RunningAssistant;

  beforeAll(async () => {
    assistant = await startAssistant({ provider: { kind: 'simulated', seed: 7, speed: 50 }, storeTimeout: 50 });
  });
  afterAll(() => assistant.stop());

  test('answers, with tools, and goes on with the conversation', async () => {
    const first = await chatOnce(assistant.url, { message: 'Where is `priceOrder` used?' });
    expect(first).toMatchObject({ ok: true, status: 200, toolCalls: 2, modelCalls: 3 });
    expect(first.text).toContain('priceOrder');
    const second = await chatOnce(assistant.url, {
      message: 'Add a comment above `applyDiscount`.',
      conversationId: first.conversationId,
    });
    expect(second).toMatchObject({ ok: true, conversationId: first.conversationId, toolCalls: 3 });
    expect(second.text).toContain('apply_patch');
    expect(second.inputTokens).toBeGreaterThan(first.inputTokens);
  });

  test.each([
    ['no body', undefined, 400, 'CHAT_REQUEST'],
    ['a wrong field', { message: 'x', colour: 'red' }, 400, 'CHAT_REQUEST'],
    ['an unknown model', { message: 'x', model: 'none' }, 502, 'MODEL_PROVIDER'],
  ])('%s is refused', async (_name, body, status, code) => {
    expect(await chatOnce(assistant.url, body)).toMatchObject({ ok: false, status, code });
  });

  test('an exhausted pool is felt, and over when the incident ends', async () => {
    assistant.incident.begin('exhausted-pool');
    const message = 'Thanks.';
    expect(await chatOnce(assistant.url, { message })).toMatchObject({ ok: false, code: 'POOL_TIMEOUT' });
    assistant.incident.end();
    expect(await chatOnce(assistant.url, { message })).toMatchObject({ ok: true });
  });

  test('runaway tokens are spent', async () => {
    assistant.incident.begin('runaway-tokens');
    const { outputTokens } = await chatOnce(assistant.url, { message: 'Thanks.' });
    assistant.incident.end();
    expect(outputTokens).toBeGreaterThan(1_500);
  });
});
