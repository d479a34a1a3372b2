import { Registry } from 'prom-client';
import { configureInstrumentation } from '../settings';
import { startTestTracing } from '../testing/test-tracing';
import { exposeMetrics } from '../metrics/exposition';
import { Instrument, InstrumentInference, InstrumentParsing, InstrumentTool } from './instrument';
import { recordUsage } from '../gen-ai/with-inference';

const registry = new Registry();
const tracing = startTestTracing();
const restore = configureInstrumentation({ registry });

afterAll(async () => {
  restore();
  await tracing.stop();
});
beforeEach(() => tracing.clear());

class Assistant {
  @InstrumentParsing({ pick: (text: string) => ({ 'text.length': text.length }), input: (text: string) => text })
  parse(text: string): string[] {
    if (text === '') throw new RangeError('empty');
    return text.split(' ');
  }

  @InstrumentInference({
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    response: (answer: { id: string }) => ({ id: answer.id, finishReasons: ['stop'] }),
  })
  async infer(prompt: string): Promise<{ id: string }> {
    await Promise.resolve();
    recordUsage({ input: prompt.length, cacheRead: 1, output: 7 });
    return { id: 'r1' };
  }

  @InstrumentInference({ provider: 'openai', model: 'gpt-4o' })
  async *stream(): AsyncGenerator<string> {
    yield 'a';
    recordUsage({ input: 3, output: 2 });
    yield 'b';
  }

  @InstrumentTool('read_file')
  readFile(): string {
    return this.parse('a b').join();
  }

  @Instrument({ thresholds: { slow: 0 } })
  @Instrument('twice')
  twice(): number {
    return 1;
  }
}

test('one span and one count per call, with the stage', async () => {
  const assistant = new Assistant();
  expect(assistant.parse('a b')).toEqual(['a', 'b']);
  expect(() => assistant.parse('')).toThrow(RangeError);
  const [first, second] = tracing.spans();
  expect(first).toMatchObject({
    name: 'Assistant.parse',
    attributes: {
      'telltale.stage': 'parsing',
      'code.function.name': 'Assistant.parse',
      'text.length': 3,
      'telltale.input.size_bytes': 3,
    },
  });
  expect(second).toMatchObject({ status: { code: 2, message: 'empty' }, attributes: { 'error.type': 'RangeError' } });
  expect(second?.events.map((event) => event.name)).toEqual(['exception']);
  const text = await exposeMetrics(registry);
  expect(text).toContain('telltale_operations_total{stage="parsing",operation="Assistant.parse",outcome="ok"} 1');
  expect(text).toContain(
    'telltale_operation_errors_total{stage="parsing",operation="Assistant.parse",error_type="RangeError"} 1',
  );
});

test('a model call has the names of the conventions, tokens and cost', async () => {
  await expect(new Assistant().infer('hello')).resolves.toEqual({ id: 'r1' });
  const [span] = tracing.spans();
  expect(span).toMatchObject({
    name: 'chat claude-sonnet-4-5',
    kind: 2,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 1,
      'gen_ai.response.id': 'r1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.cost.currency': 'USD',
    },
  });
  const text = await exposeMetrics(registry);
  expect(text).toContain('telltale_tokens_total{model="claude-sonnet-4-5",type="cache_read"} 1');
  expect(text).toMatch(/telltale_cost_usd_total\{model="claude-sonnet-4-5"\} 0\.0001/);
});

test('a stream is over when it is read to its end', async () => {
  const stream = new Assistant().stream();
  const seen: string[] = [];
  for await (const piece of stream) {
    expect(tracing.spans()).toHaveLength(0);
    seen.push(piece);
  }
  expect(seen).toEqual(['a', 'b']);
  const [span] = tracing.spans();
  expect(span?.attributes).toMatchObject({ 'gen_ai.usage.output_tokens': 2 });
  expect(span?.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThanOrEqual(0);
});

test('a call within a tool is its child', () => {
  new Assistant().readFile();
  const [child, parent] = tracing.spans();
  expect(parent).toMatchObject({ name: 'execute_tool read_file', attributes: { 'gen_ai.tool.name': 'read_file' } });
  expect(child?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
});

test('applied twice it observes once', () => {
  new Assistant().twice();
  expect(tracing.spans().map((span) => [span.name, span.events.map((event) => event.name)])).toEqual([
    ['twice', ['telltale.threshold.exceeded']],
  ]);
});
